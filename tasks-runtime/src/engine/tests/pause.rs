//! Pauses across stalls and steps of the wall clock.

use super::*;
use crate::handle::{PauseUntil, Refused};

fn every(seconds: u64, misfire: Misfire) -> Sample {
    Sample::scheduled("t").with(|options| {
        options.schedule = Some(Schedule::Every(Duration::from_secs(seconds)));
        options.misfire = Some(misfire);
    })
}

impl Bench {
    fn pause(&mut self, until: PauseUntil) {
        let now = self.now();
        self.core.pause(TASK, "".into(), until, now).unwrap();
        self.collect();
    }

    fn resume(&mut self) {
        let now = self.now();
        assert!(self.core.resume(TASK, now));
        self.collect();
    }

    /// The seconds of the instants that run now; they end at once.
    fn fired(&mut self) -> Vec<i64> {
        let mut fired = Vec::new();
        loop {
            let runs = self.core.run_infos(self.now());
            let Some(run) = runs.first() else { return fired };
            fired.push(run.scheduled_at.unwrap().as_second() % 86_400);
            self.end(run.run, Outcome::Succeeded);
        }
    }

    /// Count, first and last of each skip for a reason since the last look.
    fn take_skips(&mut self, reason: SkipReason) -> Vec<(u64, i64, i64)> {
        let seconds = |at: jiff::Timestamp| at.as_second() % 86_400;
        let of = |event: &EventKind| match event {
            EventKind::FiringSkipped { reason: why, count, first, last, .. } if *why == reason => {
                Some((*count, seconds(*first), seconds(*last)))
            }
            _ => None,
        };
        let skips = self.events.iter().filter_map(of).collect();
        self.events.retain(|event| of(event).is_none());
        skips
    }

    fn is_paused(&self) -> bool {
        self.core.task_infos(self.now())[0].paused.is_some()
    }
}

#[test]
fn a_stall_past_the_end_of_a_pause_divides_what_was_missed() {
    let mut bench = Bench::new([every(10, Misfire::Once)]);
    bench.seconds = 5.0;
    bench.pause(PauseUntil::Elapsed(Duration::from_secs(30)));
    // Nobody looked at the clock from 5 s to 62 s; the pause ended at 35 s.
    bench.pass_to(62.0);
    assert_eq!(bench.take_skips(SkipReason::Paused), [(3, 10, 30)]);
    assert_eq!(bench.take_skips(SkipReason::Misfire), [(2, 40, 50)]);
    assert_eq!(bench.fired(), [60]);
    assert!(!bench.is_paused());
}

#[test]
fn what_was_due_before_a_pause_is_served_and_what_came_in_it_is_not_made_up_for() {
    let mut bench = Bench::new([every(10, Misfire::All(5))]);
    // A stall until 25 s, in which two instants passed.
    bench.seconds = 25.0;
    bench.pause(PauseUntil::Resumed);
    let [run] = bench.living()[..] else { panic!("the older of the two runs") };
    assert_eq!(bench.take_skips(SkipReason::Paused), [(1, 20, 20)], "one that was to be made up for");
    bench.end(run, Outcome::Succeeded);
    assert!(bench.living().is_empty());
    // Another stall, over the end of the pause.
    bench.seconds = 55.0;
    bench.resume();
    assert_eq!(bench.take_skips(SkipReason::Paused), [(3, 30, 50)]);
    bench.pass_to(59.0);
    assert!(bench.living().is_empty());
    bench.pass_to(60.0);
    assert_eq!(bench.fired(), [60]);
}

#[test]
fn a_pause_until_an_instant_follows_the_wall_clock() {
    let mut bench = Bench::new([every(600, Misfire::Once)]);
    let until: jiff::Timestamp = "2026-01-01T02:00:00Z".parse().unwrap();
    bench.pause(PauseUntil::Instant(until));
    assert!(bench.core.next_wake(bench.now()).since(bench.now().mono) <= Duration::from_secs(60));
    bench.pass_to(601.0);
    assert_eq!(bench.take_skips(SkipReason::Paused).len(), 1);
    // The clock is set back: the pause lasts an hour longer.
    bench.set_by = -300;
    bench.pass_to(7201.0);
    assert!(bench.is_paused());
    // And forward, past its end, between two looks.
    bench.set_by = 3600;
    bench.pass_to(7202.0);
    assert!(!bench.is_paused());
    assert!(bench.fired().is_empty());
    bench.pass_to(7800.0);
    assert_eq!(bench.living().len(), 1);
}

#[test]
fn a_pause_for_a_while_does_not_see_the_wall_clock_being_set() {
    let mut bench = Bench::new([every(10, Misfire::Once)]);
    bench.pause(PauseUntil::Elapsed(Duration::from_secs(3600)));
    bench.set_by = 86_400;
    bench.pass_to(3599.0);
    assert!(bench.is_paused());
    bench.set_by = 0;
    bench.pass_to(3600.0);
    assert!(!bench.is_paused());
    // The instant at which the pause ends is served.
    assert_eq!(bench.fired(), [3600]);
}

#[test]
fn a_large_step_back_during_a_pause_starts_nothing() {
    let mut bench = Bench::new([Sample::scheduled("t").with(|options| {
        options.schedule = Some(Schedule::Cron("0 * * * *"));
    })]);
    bench.set_by = 86_400;
    bench.pass_to(1.0);
    bench.fired();
    bench.pause(PauseUntil::Resumed);
    bench.pass_to(2.0);
    bench.set_by = 0;
    bench.pass_to(3.0);
    bench.pass_to(3601.0);
    assert!(bench.living().is_empty());
    assert!(bench.events.iter().any(|event| matches!(event, EventKind::ClockStepped { .. })));
    assert_eq!(bench.take_skips(SkipReason::Paused).last(), Some(&(1, 3600, 3600)));
    bench.resume();
    bench.pass_to(7200.0);
    assert_eq!(bench.fired(), [7200]);
}

#[test]
fn a_moment_that_is_over_ends_no_pause() {
    let mut bench = Bench::new([every(10, Misfire::Once)]);
    bench.seconds = 5.0;
    let now = bench.now();
    for until in [PauseUntil::Instant(now.wall), PauseUntil::Elapsed(Duration::ZERO)] {
        assert_eq!(bench.core.pause(TASK, "".into(), until, now), Err(Refused::Past));
    }
    assert!(!bench.is_paused());
}

#[test]
fn pausing_again_leaves_no_end_of_the_first_pause_behind() {
    let mut bench = Bench::new([every(10, Misfire::Once)]);
    bench.pause(PauseUntil::Elapsed(Duration::from_secs(30)));
    bench.seconds = 15.0;
    bench.pause(PauseUntil::Resumed);
    bench.pass_to(100.0);
    assert!(bench.is_paused());
    bench.resume();
    bench.pause(PauseUntil::Elapsed(Duration::from_secs(30)));
    bench.pass_to(129.0);
    assert!(bench.is_paused());
    bench.pass_to(130.0);
    assert!(!bench.is_paused());
}
