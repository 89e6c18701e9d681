//! Another schedule for a task: what no virtual clock shows.

use super::*;
use crate::{
    handle::PauseUntil,
    plan::{Common, PlannedSchedule, read_schedule},
    schedule,
};

fn read(given: &schedule::Schedule) -> Option<Arc<PlannedSchedule>> {
    read_schedule(given, "t", std::panic::Location::caller(), &Common::default()).unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn cron(text: &'static str) -> Sample {
    Sample::scheduled("t").with(|options| options.schedule = Some(Schedule::Cron(text)))
}

impl Bench {
    fn reschedule(&mut self, schedule: &schedule::Schedule) {
        let now = self.now();
        self.core.reschedule(TASK, read(schedule), now).unwrap();
        self.collect();
    }

    /// The seconds of the day of each instant that ran, up to this moment.
    fn run_to(&mut self, end: f64) -> Vec<i64> {
        let mut fired = Vec::new();
        self.pass_to(self.seconds);
        loop {
            for run in self.core.run_infos(self.now()) {
                fired.extend(run.scheduled_at.map(|at| at.as_second() % 86_400));
                self.end(run.run, Outcome::Succeeded);
            }
            let now = self.now();
            let wake = self.core.next_wake(now);
            if self.seconds >= end {
                return fired;
            }
            assert!(wake > now.mono, "the engine must not spin");
            let at = self.seconds + wake.since(now.mono).as_secs_f64() + 1e-6;
            self.pass_to(at.min(end));
        }
    }
}

#[test]
fn a_slot_that_was_served_is_not_served_again_when_the_clock_is_set_back() {
    let mut bench = Bench::new([cron("*/10 * * * *")]);
    assert_eq!(bench.run_to(1201.0), [600, 1200]);
    bench.set_by = -30;
    bench.reschedule(&schedule::Schedule::cron("*/5 * * * *"));
    // 1200 comes again on the wall clock.
    assert_eq!(bench.run_to(1540.0), [1500]);
    bench.set_by = -130;
    bench.reschedule(&schedule::Schedule::every(seconds(300)).align());
    assert_eq!(bench.run_to(2000.0), [1800]);
}

#[test]
fn a_slot_that_was_served_stays_so_whatever_schedules_lie_between() {
    let off = schedule::Schedule::off;
    let between: [fn() -> schedule::Schedule; 4] = [
        off,
        || schedule::Schedule::every(seconds(86_400)),
        // It begins after 1200, and serves nothing.
        || schedule::Schedule::cron("0 0 1 1 *"),
        || schedule::Schedule::at(jiff::Timestamp::MAX),
    ];
    for between in between {
        let mut bench = Bench::new([cron("*/10 * * * *")]);
        assert_eq!(bench.run_to(1201.0), [600, 1200]);
        bench.reschedule(&between());
        bench.set_by = -30;
        bench.reschedule(&schedule::Schedule::cron("*/5 * * * *"));
        // 1200 comes again on the wall clock.
        assert_eq!(bench.run_to(1540.0), [1500]);
    }
}

#[test]
fn a_clock_that_went_forth_and_back_around_the_change_does_not_silence_the_schedule() {
    let mut bench = Bench::new([
        Sample::scheduled("t").with(|options| options.schedule = Some(Schedule::Every(seconds(86_400))))
    ]);
    assert_eq!(bench.run_to(301.0), [] as [i64; 0]);
    // Between two looks it is a year ahead, and nobody but the change sees it.
    bench.set_by = 365 * 86_400;
    bench.reschedule(&schedule::Schedule::cron("*/5 * * * *"));
    bench.set_by = 0;
    assert_eq!(bench.run_to(1000.0), [600, 900]);
}

#[test]
fn an_instant_that_is_due_as_the_schedule_changes_is_served_once() {
    let mut bench = Bench::new([cron("*/10 * * * *")]);
    bench.seconds = 600.0;
    bench.reschedule(&schedule::Schedule::cron("*/10 * * * *"));
    assert_eq!(bench.run_to(1300.0), [600, 1200]);
}

#[test]
fn what_only_its_jitter_delays_is_served_before_the_change() {
    let mut bench = Bench::new([Sample::scheduled("t").with(|options| {
        options.schedule = Some(Schedule::Every(seconds(1000)));
        options.jitter = Some(seconds(1000));
    })]);
    bench.pass_to(1000.0);
    assert!(bench.living().is_empty(), "it waits for its jitter");
    bench.seconds = 1000.5;
    bench.reschedule(&schedule::Schedule::off());
    assert_eq!(bench.run_to(5000.0), [1000]);
}

#[test]
fn no_instant_that_a_stall_hid_is_lost_to_its_jitter() {
    // Jitter as long as the period: what is drawn for 2000 hardly ever lies before 2000.5.
    let mut bench = Bench::new([Sample::scheduled("t").with(|options| {
        options.schedule = Some(Schedule::Every(seconds(1000)));
        options.jitter = Some(seconds(1000));
    })]);
    bench.seconds = 2000.5;
    bench.reschedule(&schedule::Schedule::off());
    assert_eq!(bench.run_to(5000.0), [2000]);
    assert_eq!(bench.skips(SkipReason::Misfire), 1);
}

#[test]
fn misfire_looks_back_no_further_than_the_change() {
    let mut bench = Bench::new([cron("*/10 * * * *")]);
    assert_eq!(bench.run_to(601.0), [600]);
    // Three quarters of an hour before it, an hourly instant would have been.
    bench.seconds = 1500.0;
    bench.reschedule(&schedule::Schedule::cron("10 * * * *").misfire(Misfire::All(5)));
    // The stall hid 1200 of the old schedule, which is served; 600 is not.
    assert_eq!(bench.run_to(4300.0), [1200, 4200]);
}

#[test]
fn the_end_of_an_old_run_does_not_count_for_a_new_fixed_delay() {
    let mut bench = Bench::new([Sample::scheduled("t").with(|options| {
        options.schedule = Some(Schedule::Every(seconds(10)));
        options.overlap = Some(Overlap::Allow);
    })]);
    bench.pass_to(10.0);
    let [old] = bench.living()[..] else { panic!() };
    bench.reschedule(&schedule::Schedule::delay(seconds(5)));
    bench.pass_to(11.0);
    let [_, new] = bench.living()[..] else { panic!("the delay begins at once") };
    bench.end(old, Outcome::Succeeded);
    bench.pass_to(100.0);
    assert_eq!(bench.living(), [new], "it is measured from the end of its own run");
    bench.end(new, Outcome::Succeeded);
    bench.pass_to(104.0);
    assert!(bench.living().is_empty());
    bench.pass_to(105.0);
    assert_eq!(bench.living().len(), 1);
}

#[test]
fn an_instant_that_has_just_passed_runs_and_an_older_one_is_misfired() {
    let mut bench = Bench::new([cron("0 0 1 1 *")]);
    bench.seconds = 1000.0;
    let at = |back: i64| bench.now().wall - jiff::SignedDuration::from_secs(back);
    let (just, older) = (at(59), at(61));
    bench.reschedule(&schedule::Schedule::at(just));
    assert_eq!(bench.run_to(1001.0), [941]);
    bench.reschedule(&schedule::Schedule::at(older));
    assert_eq!(bench.run_to(1002.0), [] as [i64; 0]);
    assert_eq!(bench.skips(SkipReason::Misfire), 1);
}

#[test]
fn schedules_that_come_and_go_leave_nothing_in_the_queues() {
    let mut bench = Bench::new([cron("0 0 1 1 *")]);
    for round in 0..10_000 {
        bench.seconds = f64::from(round) / 1000.0;
        bench.reschedule(&schedule::Schedule::every(seconds(86_400)));
        bench.reschedule(&schedule::Schedule::cron("0 0 * * *"));
    }
    assert!(bench.core.scheduler.queued() < 200, "{}", bench.core.scheduler.queued());
}

#[test]
fn a_paused_task_stays_paused_with_its_new_schedule() {
    let mut bench = Bench::new([cron("*/10 * * * *")]);
    let now = bench.now();
    bench.core.pause(TASK, "".into(), PauseUntil::Elapsed(seconds(15)), now).unwrap();
    bench.reschedule(&schedule::Schedule::every(seconds(10)));
    assert_eq!(bench.run_to(35.0), [20, 30]);
    assert_eq!(bench.skips(SkipReason::Paused), 1);
}
