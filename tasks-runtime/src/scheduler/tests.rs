//! What no virtual clock can show: stalls, suspends and steps of the wall clock.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tasks_core::{
    policy::Misfire,
    zone::{WallSchedule, Zone},
};
use tasks_schedule::Cron;

use super::{Due, Scheduler, due::Missed};
use crate::{
    clock::{Mono, Now},
    event::SkipReason,
    plan::{PlannedSchedule, Rule, TaskIndex, Walk},
    spread::Spread,
};

const TASK: TaskIndex = TaskIndex(0);

/// Two clocks that a test moves, together or one of them.
#[derive(Clone, Copy)]
struct Clocks {
    mono: u64,
    wall: Timestamp,
}

impl Clocks {
    fn at(wall: &str) -> Self {
        Self { mono: 1_000_000_000, wall: wall.parse().unwrap() }
    }

    fn now(self) -> Now {
        Now { mono: Mono(self.mono), wall: self.wall }
    }

    fn pass(&mut self, seconds: f64) {
        self.mono += (seconds * 1e9) as u64;
        self.step(seconds);
    }

    /// Sets the wall clock alone.
    fn step(&mut self, seconds: f64) {
        self.wall += SignedDuration::from_secs_f64(seconds);
    }
}

fn schedule(rule: Rule, misfire: Misfire) -> PlannedSchedule {
    PlannedSchedule {
        rule,
        misfire,
        on_start: false,
        jitter: Duration::ZERO,
        spread: Spread::default(),
        walk: Walk::default(),
    }
}

fn cron(text: &str, zone: &str) -> Rule {
    Rule::Cron(Box::new(WallSchedule::new(Cron::parse(text).unwrap(), Zone::parse(zone).unwrap())))
}

fn every(millis: u64) -> Rule {
    let period = Duration::from_millis(millis);
    Rule::Every { period, first: period }
}

struct Bench {
    scheduler: Scheduler,
    clocks: Clocks,
}

impl Bench {
    fn new(rule: Rule, misfire: Misfire, wall: &str) -> Self {
        let clocks = Clocks::at(wall);
        let mut scheduler = Scheduler::new(false, fastrand::Rng::with_seed(1));
        scheduler.open(TASK, schedule(rule, misfire).into(), false, clocks.now(), &mut Due::default());
        Self { scheduler, clocks }
    }

    fn look(&mut self) -> Due {
        let mut due = Due::default();
        self.scheduler.due(self.clocks.now(), false, &mut due);
        due
    }

    /// Sleeps as the shell does, from wake to wake, for this long.
    fn run(&mut self, seconds: f64) -> Vec<Timestamp> {
        let end = self.clocks.mono + (seconds * 1e9) as u64;
        let mut fired = Vec::new();
        loop {
            fired.extend(self.look().firings.iter().map(|(_, at)| *at));
            let wake = self.scheduler.next_wake(self.clocks.now()).0;
            assert!(wake > self.clocks.mono, "the scheduler must not spin");
            let until = wake.min(end);
            self.clocks.pass((until - self.clocks.mono) as f64 / 1e9);
            if until == end {
                fired.extend(self.look().firings.iter().map(|(_, at)| *at));
                return fired;
            }
        }
    }
}

fn times(fired: &[Timestamp]) -> Vec<String> {
    fired.iter().map(|at| at.strftime("%dT%H:%M:%S").to_string()).collect()
}

#[test]
fn after_a_stall_once_runs_the_latest_and_skips_the_rest_in_one_event() {
    let mut bench = Bench::new(every(200), Misfire::Once, "2026-01-01T00:00:00Z");
    bench.clocks.pass(3.15);
    let due = bench.look();
    assert_eq!(due.firings.len(), 1);
    assert_eq!(due.firings[0].1.to_string(), "2026-01-01T00:00:03Z");
    let [missed] = due.missed[..] else { panic!("{due:?}") };
    assert_eq!((missed.count, missed.reason), (14, SkipReason::Misfire));
    assert_eq!(missed.first.to_string(), "2026-01-01T00:00:00.2Z");
    assert_eq!(missed.last.to_string(), "2026-01-01T00:00:02.8Z");
    // Then on the grid, without a burst.
    let fired = bench.run(1.0);
    assert_eq!(fired.len(), 5);
    assert_eq!(fired[0].to_string(), "2026-01-01T00:00:03.2Z");
}

#[test]
fn after_a_stall_skip_runs_none_of_them() {
    let mut bench = Bench::new(every(200), Misfire::Skip, "2026-01-01T00:00:00Z");
    bench.clocks.pass(3.15);
    let due = bench.look();
    assert!(due.firings.is_empty());
    assert_eq!(due.missed[0].count, 15);
    assert_eq!(bench.run(1.0).len(), 5);
}

#[test]
fn a_tenth_of_the_period_is_not_late_yet() {
    for (late, runs) in [(0.02, true), (0.021, false)] {
        let mut bench = Bench::new(every(200), Misfire::Skip, "2026-01-01T00:00:00Z");
        bench.clocks.pass(0.2 + late);
        assert_eq!(bench.look().firings.len(), usize::from(runs), "{late} s late");
    }
}

#[test]
fn wall_clock_schedules_are_looked_at_once_a_minute_at_least() {
    let bench = Bench::new(cron("0 0 * * *", "UTC"), Misfire::Once, "2026-01-01T12:00:00Z");
    let now = bench.clocks.now();
    assert_eq!(bench.scheduler.next_wake(now).since(now.mono), Duration::from_secs(60));
}

#[test]
fn a_suspend_is_a_misfire_and_the_grid_goes_on() {
    let mut bench = Bench::new(cron("0 * * * *", "UTC"), Misfire::Once, "2026-01-01T00:30:00Z");
    // The monotonic clock stands still while the machine sleeps.
    bench.clocks.step(5.0 * 3600.0);
    let due = bench.look();
    assert_eq!(due.firings.len(), 1);
    assert_eq!(due.firings[0].1.to_string(), "2026-01-01T05:00:00Z");
    assert_eq!(due.missed[0].count, 4);
    assert_eq!(times(&bench.run(7200.0)), ["01T06:00:00", "01T07:00:00"]);
}

#[test]
fn a_small_step_back_repeats_no_instant() {
    let mut bench = Bench::new(cron("*/5 * * * *", "UTC"), Misfire::Once, "2026-01-01T00:04:00Z");
    assert_eq!(times(&bench.run(120.0)), ["01T00:05:00"]);
    bench.clocks.step(-240.0);
    let fired = bench.run(900.0);
    assert_eq!(times(&fired), ["01T00:10:00", "01T00:15:00"]);
}

#[test]
fn a_large_step_back_plans_afresh_with_a_warning() {
    let mut bench = Bench::new(cron("*/5 * * * *", "UTC"), Misfire::Once, "2027-06-01T00:04:00Z");
    assert_eq!(times(&bench.run(120.0)), ["01T00:05:00"]);
    // The machine had booted more than a year ahead.
    bench.clocks.step(-400.0 * 86_400.0);
    let due = bench.look();
    assert_eq!(due.stepped.len(), 1);
    assert_eq!(due.stepped[0].1.as_secs(), 400 * 86_400);
    assert_eq!(bench.run(600.0).len(), 2, "it must not be silent for a year");
}

#[test]
fn many_steps_back_that_are_small_each_do_not_silence_a_schedule() {
    let mut bench = Bench::new(cron("*/5 * * * *", "UTC"), Misfire::Once, "2026-01-01T06:04:00Z");
    let mut fired = bench.run(120.0).len();
    for _ in 0..20 {
        bench.clocks.step(-540.0);
        fired += bench.run(1.0).len();
    }
    // Three hours back in all.
    fired += bench.run(1800.0).len();
    assert!(fired >= 6, "{fired}");
}

#[test]
fn a_clock_step_does_not_touch_a_monotonic_grid() {
    let mut bench = Bench::new(every(1000), Misfire::Once, "2026-01-01T00:00:00Z");
    assert_eq!(bench.run(3.0).len(), 3);
    bench.clocks.step(-7200.0);
    assert_eq!(bench.run(3.0).len(), 3);
    bench.clocks.step(90_000.0);
    let fired = bench.run(3.0);
    assert_eq!(times(&fired), ["01T23:00:07", "01T23:00:08", "01T23:00:09"]);
}

#[test]
fn local_times_inside_a_gap_are_one_firing_noted_as_such() {
    let mut bench = Bench::new(cron("15,45 2 * * *", "Europe/Madrid"), Misfire::Once, "2026-03-29T00:00:00Z");
    bench.clocks.pass(3600.0);
    let due = bench.look();
    assert_eq!(due.firings, [(TASK, "2026-03-29T01:00:00Z".parse().unwrap())]);
    let [Missed { reason: SkipReason::DstGap, count: 1, .. }] = due.missed[..] else { panic!("{due:?}") };
}

#[test]
fn a_gap_among_missed_instants_is_noted_as_well() {
    let mut bench = Bench::new(cron("15,45 2 * * *", "Europe/Madrid"), Misfire::Once, "2026-03-28T00:00:00Z");
    bench.clocks.step(3.0 * 86_400.0);
    let due = bench.look();
    let counts: Vec<_> = due.missed.iter().map(|missed| (missed.reason, missed.count)).collect();
    // Two on the 28th, one on the 29th that stands for two, two on the 30th.
    assert_eq!(counts, [(SkipReason::DstGap, 1), (SkipReason::Misfire, 4)]);
    assert_eq!(due.missed[0].first.to_string(), "2026-03-29T01:00:00Z");
}

#[test]
fn an_instant_that_passed_while_suspended_runs_once_late() {
    let at = Rule::At("2026-01-01T01:00:00Z".parse().unwrap());
    for (misfire, runs) in [(Misfire::Once, 1), (Misfire::Skip, 0)] {
        let mut bench = Bench::new(at.clone(), misfire, "2026-01-01T00:00:00Z");
        bench.clocks.step(7200.0);
        assert_eq!(bench.look().firings.len(), runs);
        assert!(bench.scheduler.is_exhausted());
    }
}

#[test]
fn a_suspend_of_years_ends_in_bounded_time_with_the_latest_instant() {
    let mut bench = Bench::new(cron("* * * * * *", "UTC"), Misfire::Once, "2020-01-01T00:00:00Z");
    bench.clocks.step(5.0 * 365.0 * 86_400.0 + 0.5);
    let began = std::time::Instant::now();
    let due = bench.look();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(due.firings[0].1.to_string(), "2024-12-30T00:00:00Z");
}

#[test]
fn an_expression_whose_years_are_over_is_past_and_never_due() {
    let clocks = Clocks::at("2026-01-01T00:00:00Z");
    let mut scheduler = Scheduler::new(false, fastrand::Rng::with_seed(1));
    let mut due = Due::default();
    let rule = cron("0 0 0 1 1 * 2020", "UTC");
    scheduler.open(TASK, schedule(rule, Misfire::Once).into(), false, clocks.now(), &mut due);
    assert_eq!(due.past, [TASK]);
    assert_eq!(scheduler.next_wake(clocks.now()), Mono::NEVER);
}

#[test]
fn all_makes_up_for_the_latest_oldest_first_and_skips_the_rest() {
    let mut bench = Bench::new(cron("0 * * * *", "UTC"), Misfire::All(3), "2026-01-01T00:30:00Z");
    bench.clocks.step(5.0 * 3600.0);
    let due = bench.look();
    let [missing] = &due.missing[..] else { panic!("{due:?}") };
    let made_up: Vec<_> = missing.at.iter().copied().collect();
    assert_eq!(times(&made_up), ["01T03:00:00", "01T04:00:00", "01T05:00:00"]);
    assert_eq!((due.missed[0].count, due.missed[0].last.to_string()), (2, "2026-01-01T02:00:00Z".to_owned()));
}

#[test]
fn jitter_starts_within_its_window_spread_out_and_keeps_the_due_instant() {
    let clocks = Clocks::at("2026-01-01T00:00:00Z");
    let mut scheduler = Scheduler::new(false, fastrand::Rng::with_seed(7));
    let period = Duration::from_secs(10);
    let mut planned = schedule(Rule::Every { period, first: period }, Misfire::Skip);
    planned.jitter = Duration::from_secs(4);
    scheduler.open(TASK, planned.into(), false, clocks.now(), &mut Due::default());
    let mut bench = Bench { scheduler, clocks };
    let mut waits = Vec::new();
    for firing in 1..=1000_i64 {
        let wake = bench.scheduler.next_wake(bench.clocks.now()).0;
        bench.clocks.pass((wake - bench.clocks.mono) as f64 / 1e9 + 1e-6);
        let due = bench.look();
        let [(_, at)] = due.firings[..] else { panic!("{due:?}") };
        assert_eq!(at.as_second() - clocks.wall.as_second(), firing * 10);
        waits.push(bench.clocks.wall.duration_since(at).as_secs_f64());
    }
    let mean = waits.iter().sum::<f64>() / waits.len() as f64;
    assert!(waits.iter().all(|wait| (0.0..=4.001).contains(wait)));
    assert!((1.8..2.2).contains(&mean), "{mean}");
}

#[test]
fn years_slept_through_under_a_long_jitter_are_not_looked_at_one_by_one() {
    let clocks = Clocks::at("2026-01-01T00:00:00Z");
    let mut scheduler = Scheduler::new(false, fastrand::Rng::with_seed(7));
    let mut planned = schedule(cron("* * * * * *", "UTC"), Misfire::Once);
    let years = 100 * 365 * 86_400;
    planned.jitter = Duration::from_secs(years);
    scheduler.open(TASK, planned.into(), false, clocks.now(), &mut Due::default());
    let mut bench = Bench { scheduler, clocks };
    bench.clocks.step(years as f64);
    let due = bench.look();
    assert_eq!(due.firings.len(), 1);
    let passed = due.missed[0].count + 1;
    assert!((years - 1..=years).contains(&passed), "{passed}");
}

#[test]
fn jitter_is_cut_to_the_period_and_skips_nothing() {
    let clocks = Clocks::at("2026-01-01T00:00:00Z");
    let mut scheduler = Scheduler::new(false, fastrand::Rng::with_seed(7));
    let period = Duration::from_secs(1);
    let mut planned = schedule(Rule::Every { period, first: period }, Misfire::Skip);
    planned.jitter = Duration::from_secs(3600);
    scheduler.open(TASK, planned.into(), false, clocks.now(), &mut Due::default());
    let mut bench = Bench { scheduler, clocks };
    let fired = bench.run(1000.0);
    assert!((998..=1000).contains(&fired.len()), "{}", fired.len());
    assert!(fired.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn an_aligned_grid_stands_on_the_wall_clock_and_follows_its_steps() {
    let rule = Rule::Aligned { period: Duration::from_secs(900) };
    let mut bench = Bench::new(rule, Misfire::Skip, "2026-01-01T00:07:11Z");
    assert_eq!(times(&bench.run(2400.0)), ["01T00:15:00", "01T00:30:00", "01T00:45:00"]);
    bench.clocks.step(3600.0);
    assert_eq!(times(&bench.run(1200.0)), ["01T02:00:00"]);
}

/// On this machine it moves every instant by the same part of the spread.
fn spread(length: Duration) -> Spread {
    Spread::new(length, "web-2", "prune_sessions")
}

#[test]
fn a_spread_moves_every_start_by_the_same_offset_and_keeps_the_due_instants() {
    let period = Duration::from_secs(60);
    let rules = [Rule::Every { period, first: period }, Rule::Aligned { period }, cron("* * * * *", "UTC")];
    for rule in rules {
        let clocks = Clocks::at("2026-01-01T00:00:00Z");
        let mut scheduler = Scheduler::new(false, fastrand::Rng::with_seed(7));
        let mut planned = schedule(rule, Misfire::Skip);
        planned.spread = spread(Duration::from_secs(30));
        let offset = planned.spread.offset(None);
        assert_eq!(offset, Duration::from_millis(10_279));
        scheduler.open(TASK, planned.clone().into(), false, clocks.now(), &mut Due::default());
        let mut bench = Bench { scheduler, clocks };
        bench.clocks.pass(60.0 + 10.278);
        assert_eq!(bench.look().firings, []);
        for minute in 1..=100 {
            // Late is counted from the moved instant: 2 s are not, 12 s would be.
            bench.clocks.pass(2.0);
            let due = bench.look();
            let [(_, at)] = due.firings[..] else { panic!("{due:?}") };
            assert_eq!(at.as_second() - clocks.wall.as_second(), minute * 60);
            bench.clocks.pass(58.0);
        }
    }
}

#[test]
fn a_spread_and_jitter_together_are_cut_to_the_period_and_skip_nothing() {
    let period = Duration::from_secs(10);
    for (length, jitter) in [(5, 3), (3600, 0), (3600, 3600), (8, 3600)] {
        let clocks = Clocks::at("2026-01-01T00:00:00Z");
        let mut scheduler = Scheduler::new(false, fastrand::Rng::with_seed(7));
        let mut planned = schedule(Rule::Every { period, first: period }, Misfire::Skip);
        planned.spread = spread(Duration::from_secs(length));
        planned.jitter = Duration::from_secs(jitter);
        let offset = planned.spread.offset(Some(period)).as_secs_f64();
        scheduler.open(TASK, planned.clone().into(), false, clocks.now(), &mut Due::default());
        let mut bench = Bench { scheduler, clocks };
        let mut waits = Vec::new();
        for firing in 1..=200_i64 {
            let wake = bench.scheduler.next_wake(bench.clocks.now()).0;
            bench.clocks.pass((wake - bench.clocks.mono) as f64 / 1e9 + 1e-6);
            let due = bench.look();
            assert_eq!((due.firings.len(), due.missed.len()), (1, 0), "firing {firing}: {due:?}");
            let at = due.firings[0].1;
            assert_eq!(at.as_second() - clocks.wall.as_second(), firing * 10);
            waits.push(bench.clocks.wall.duration_since(at).as_secs_f64());
        }
        let longest = (offset + jitter as f64).min(10.0) + 0.001;
        assert!(waits.iter().all(|wait| (offset..=longest).contains(wait)), "{length}, {jitter}: {waits:?}");
    }
}

#[test]
fn a_spread_moves_a_fixed_delay_once_and_leaves_its_rate() {
    let delay = Duration::from_secs(30);
    let clocks = Clocks::at("2026-01-01T00:00:00Z");
    let mut scheduler = Scheduler::new(false, fastrand::Rng::with_seed(7));
    let mut planned = schedule(Rule::Delay { delay, first: Duration::ZERO }, Misfire::Once);
    planned.spread = spread(Duration::from_secs(3600));
    let offset = planned.spread.offset(Some(delay)).as_nanos() as u64;
    assert_eq!(offset, 10_279_000_000);
    scheduler.open(TASK, planned.into(), false, clocks.now(), &mut Due::default());
    let mut bench = Bench { scheduler, clocks };
    assert_eq!(bench.scheduler.next_wake(bench.clocks.now()).0, clocks.mono + offset);
    bench.clocks.pass(11.0);
    assert_eq!(bench.look().firings, [(TASK, clocks.wall)]);
    bench.clocks.pass(5.0);
    let now = bench.clocks.now();
    let era = bench.scheduler.era(TASK);
    bench.scheduler.served(TASK, era, now);
    assert_eq!(bench.scheduler.next_wake(now), now.mono.plus(delay));
}

#[test]
fn what_does_not_fit_into_the_state_is_kept_as_it_is() {
    let millennia = Rule::At("9999-01-01T00:00:00Z".parse().unwrap());
    let mut spread = schedule(millennia.clone(), Misfire::Once);
    let mut bench = Bench::new(millennia, Misfire::Once, "2026-01-01T00:00:00.123456789Z");
    let next = |bench: &Bench| bench.scheduler.next_of(TASK, bench.clocks.now()).map(|at| at.to_string());
    assert_eq!(next(&bench).as_deref(), Some("9999-01-01T00:00:00Z"));
    assert_eq!(bench.scheduler.beside(), 1);
    bench.clocks.pass(1e9);
    assert_eq!((bench.look().firings.len(), bench.scheduler.is_exhausted()), (0, false));
    // A wait of years, to the nanosecond.
    (spread.rule, spread.jitter) =
        (Rule::At("2060-01-01T00:00:00.000000001Z".parse().unwrap()), Duration::ZERO);
    spread.spread = Spread::new(Duration::from_millis(3000 * 86_400_000 + 1), "host", "task");
    let now = bench.clocks.now();
    bench.scheduler.reopen(TASK, Some(spread.into()), false, now, &mut Due::default());
    assert_eq!(next(&bench).as_deref(), Some("2060-01-01T00:00:00.000000001Z"));
    assert_eq!(bench.scheduler.beside(), 1);
    let wake = bench.scheduler.next_wake(now);
    bench.scheduler.forget(TASK);
    assert_eq!((bench.scheduler.beside(), next(&bench)), (0, None));
    assert!(wake > now.mono);
}
