//! The engine without any effect: what only stuck threads and races show.

mod added;
mod decisions;
mod delayed;
mod many;
mod pause;
mod reschedule;
mod services;

use std::{sync::Arc, time::Duration};

use tasks_core::{
    __private::{Owner, RunCell, RunFacts},
    Outcome, RunId, Trigger,
    policy::{Limit, Misfire, Overlap, Schedule},
};

use super::{Action, Core, Mode, Wish, no_host::no_host};
use crate::{
    admission::{MAX_STUCK, Refusal},
    clock::{Mono, Now, later},
    event::{EventKind, SkipReason, StopCause},
    plan::{
        TaskIndex,
        testing::{Sample, plan},
    },
    run::{AttemptEnd, Command},
};

const TASK: TaskIndex = TaskIndex(0);

struct Bench {
    core: Core,
    seconds: f64,
    /// What the wall clock was set by, in seconds.
    set_by: i64,
    events: Vec<EventKind>,
}

impl Bench {
    fn new(samples: impl IntoIterator<Item = Sample>) -> Self {
        let plan = plan(samples).into_result().unwrap();
        let make = |facts| Arc::new(RunCell::new(facts));
        let core = Core::new(
            Arc::new(plan),
            Mode::default(),
            no_host(),
            Box::new(make),
            Box::new(|_| None),
            fastrand::Rng::with_seed(1),
        );
        let mut bench = Self { core, seconds: 0.0, set_by: 0, events: Vec::new() };
        let now = bench.now();
        bench.core.begin(now, Vec::new());
        bench.collect();
        bench
    }

    fn now(&self) -> Now {
        let since = Duration::from_secs_f64(self.seconds);
        Now {
            mono: Mono(0).plus(since),
            wall: later("2026-01-01T00:00:00Z".parse().unwrap(), since)
                + jiff::SignedDuration::from_secs(self.set_by),
        }
    }

    /// Carries out what the shell would, and keeps the events.
    fn collect(&mut self) {
        let now = self.now();
        for action in self.core.take_actions(Vec::new()) {
            match action {
                Action::Start(wanted) => {
                    assert!(Command::begin(&wanted.cell));
                    wanted.cell.set_started(now.mono.0, now.wall);
                }
                Action::Emit(event) => self.events.push(event),
                Action::Tell(..)
                | Action::TellAll(_)
                | Action::Wake(_)
                | Action::Discard(_)
                | Action::LetGo(_)
                | Action::Deliver(..)
                | Action::ShutdownBegan
                | Action::Ended => {}
            }
        }
    }

    fn pass_to(&mut self, seconds: f64) {
        self.seconds = seconds;
        let now = self.now();
        // Of very much that is due each look serves a part.
        while self.core.tick(now) <= now.mono {
            self.collect();
        }
        self.collect();
    }

    fn living(&self) -> Vec<RunId> {
        self.core.run_infos(self.now()).iter().map(|run| run.run).collect()
    }

    fn stick(&mut self, run: RunId, in_poll: f64) {
        let now = self.now();
        self.core.runs[&run].cell.set_stuck_after(0);
        self.core.long_poll(run, Duration::from_secs_f64(in_poll), now);
        self.collect();
    }

    fn end(&mut self, run: RunId, outcome: Outcome) {
        let now = self.now();
        self.core.ended(run, AttemptEnd::new(outcome), 1, now);
        self.collect();
    }

    fn stuck_reports(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, EventKind::Stuck { .. })).count()
    }
}

#[test]
fn a_stuck_run_is_reported_at_once_and_then_at_1_2_4_minutes() {
    let mut bench = Bench::new([Sample::task("t")]);
    let run = bench.living()[0];
    let mut told_at = Vec::new();
    for second in 0..1000 {
        bench.seconds = f64::from(second);
        let before = bench.stuck_reports();
        bench.stick(run, f64::from(second));
        if bench.stuck_reports() > before {
            told_at.push(second);
        }
    }
    assert_eq!(told_at, [0, 60, 120, 240, 480, 960]);
}

#[test]
fn a_stuck_run_keeps_its_overlap_slot() {
    let mut bench = Bench::new([Sample::scheduled("t")
        .with(|options| options.schedule = Some(Schedule::Every(Duration::from_secs(1))))]);
    bench.pass_to(1.0);
    let run = bench.living()[0];
    bench.stick(run, 1.0);
    bench.pass_to(2.0);
    assert_eq!(bench.living(), [run]);
    let skipped = bench
        .events
        .iter()
        .any(|event| matches!(event, EventKind::FiringSkipped { reason: SkipReason::Overlap, .. }));
    assert!(skipped);
    bench.end(run, Outcome::TimedOut);
    bench.pass_to(3.0);
    assert_eq!(bench.living().len(), 1);
}

#[test]
fn a_stuck_run_counts_as_ended_for_a_fixed_delay() {
    let mut bench = Bench::new([Sample::scheduled("t").with(|options| {
        options.schedule = Some(Schedule::Delay(Duration::from_secs(10)));
        options.overlap = Some(Overlap::Allow);
    })]);
    bench.pass_to(0.0);
    let stuck = bench.living()[0];
    bench.pass_to(100.0);
    assert_eq!(bench.living().len(), 1, "it waits for the end of the run");
    bench.stick(stuck, 5.0);
    bench.pass_to(109.0);
    assert_eq!(bench.living().len(), 1);
    bench.pass_to(110.0);
    assert_eq!(bench.living().len(), 2);
    // Its late end makes no second chain.
    bench.end(stuck, Outcome::TimedOut);
    let second = bench.living()[0];
    bench.pass_to(115.0);
    bench.end(second, Outcome::Succeeded);
    bench.pass_to(124.0);
    assert!(bench.living().is_empty());
    bench.pass_to(125.0);
    assert_eq!(bench.living().len(), 1);
}

#[test]
fn sixteen_stuck_threads_of_a_task_are_its_capacity() {
    let mut bench = Bench::new([Sample::task("t").with(|options| options.overlap = Some(Overlap::Allow))]);
    let first = bench.living()[0];
    bench.stick(first, 1.0);
    for _ in 1..MAX_STUCK {
        let now = bench.now();
        let run = bench.core.want(TASK, Trigger::Manual, Wish::default(), now).unwrap();
        bench.stick(run, 1.0);
    }
    let now = bench.now();
    let refused = bench.core.want(TASK, Trigger::Manual, Wish::default(), now);
    assert_eq!(refused, Err(Refusal::Capacity));
    bench.end(first, Outcome::TimedOut);
    assert!(bench.core.want(TASK, Trigger::Manual, Wish::default(), now).is_ok());
}

#[test]
fn a_run_within_its_limit_is_not_stuck_however_long_its_poll() {
    let mut bench = Bench::new([
        Sample::task("t").with(|options| options.timeout = Some(Limit::After(Duration::from_secs(60))))
    ]);
    let run = bench.living()[0];
    bench.core.runs[&run].cell.set_stuck_after(bench.now().mono.plus(Duration::from_secs(60)).0);
    bench.seconds = 59.0;
    let now = bench.now();
    bench.core.long_poll(run, Duration::from_secs(59), now);
    bench.collect();
    assert_eq!(bench.stuck_reports(), 0);
}

#[test]
fn an_abandoned_run_is_named_once_and_its_late_end_counts_for_nothing() {
    let mut bench = Bench::new([Sample::task("deaf")]);
    let run = bench.living()[0];
    let now = bench.now();
    bench.core.stop(StopCause::Asked, now.mono, Duration::from_secs(5), now);
    bench.pass_to(4.0);
    assert_eq!(bench.living(), [run]);
    bench.pass_to(4.5);
    assert!(bench.living().is_empty());
    bench.end(run, Outcome::Succeeded);
    let ending = bench.core.ending().unwrap();
    assert!(ending.is_over);
    assert_eq!(ending.cuts.len(), 1);
    assert_eq!((&*ending.cuts[0].task, ending.cuts[0].outcome), ("deaf", Outcome::Abandoned));
    let results = bench.core.results();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0].outcome, Outcome::Abandoned);
}

#[test]
fn an_earlier_beginning_moves_the_end_of_the_drain() {
    let mut bench = Bench::new([Sample::task("deaf")]);
    bench.seconds = 10.0;
    let now = bench.now();
    bench.core.stop(StopCause::Asked, now.mono, Duration::from_secs(5), now);
    bench.core.stop(StopCause::Signal(15), Mono(0).plus(Duration::from_secs(9)), Duration::from_secs(5), now);
    let ending = bench.core.ending().unwrap();
    assert_eq!(ending.drain_end(), Mono(0).plus(Duration::from_secs(13)));
    assert_eq!(ending.cause, StopCause::Asked, "a signal during a shutdown changes nothing");
}

#[test]
fn missed_instants_that_are_made_up_for_run_one_after_another() {
    let mut bench = Bench::new([Sample::scheduled("t").with(|options| {
        options.schedule = Some(Schedule::Every(Duration::from_secs(10)));
        options.misfire = Some(Misfire::All(3));
    })]);
    // A stall: nobody looked at the clock for five periods.
    bench.pass_to(50.5);
    for second in [30, 40, 50] {
        let living = bench.core.run_infos(bench.now());
        let [run] = &living[..] else { panic!("{living:?}") };
        assert_eq!(run.scheduled_at.unwrap().as_second() % 60, second);
        bench.end(run.run, Outcome::Succeeded);
    }
    assert!(bench.living().is_empty());
    bench.pass_to(60.0);
    assert_eq!(bench.living().len(), 1, "and then on the grid");
}

/// Every ten seconds, three missed instants are made up for, and nobody looked
/// at the clock for five periods.
fn stalled(overlap: Overlap) -> Bench {
    let mut bench = Bench::new([Sample::scheduled("t").with(|options| {
        options.schedule = Some(Schedule::Every(Duration::from_secs(10)));
        options.misfire = Some(Misfire::All(3));
        options.overlap = Some(overlap);
    })]);
    bench.pass_to(50.5);
    bench
}

impl Bench {
    /// The seconds of the instants whose runs live.
    fn slots(&self) -> Vec<i64> {
        let infos = self.core.run_infos(self.now());
        infos.iter().map(|run| run.scheduled_at.unwrap().as_second() % 3600).collect()
    }

    fn end_first(&mut self) {
        let first = self.living()[0];
        self.end(first, Outcome::Succeeded);
    }

    fn skips(&self, of: SkipReason) -> u64 {
        let count = |event: &EventKind| match event {
            EventKind::FiringSkipped { reason, count, .. } if *reason == of => *count,
            _ => 0,
        };
        self.events.iter().map(count).sum()
    }
}

#[test]
fn an_instant_that_is_skipped_does_not_give_up_what_is_made_up_for() {
    let mut bench = stalled(Overlap::Skip);
    bench.pass_to(60.0);
    assert_eq!((bench.slots(), bench.skips(SkipReason::Overlap)), (vec![30], 1));
    bench.end_first();
    assert_eq!(bench.slots(), [40]);
    bench.end_first();
    assert_eq!(bench.slots(), [50]);
}

#[test]
fn what_is_made_up_for_waits_for_the_one_before_and_for_no_other_run() {
    let mut bench = stalled(Overlap::Allow);
    bench.pass_to(60.0);
    assert_eq!(bench.slots(), [30, 60]);
    let grid = bench.living()[1];
    bench.end(grid, Outcome::Succeeded);
    assert_eq!(bench.slots(), [30], "the end of another run lets none of them start");
    bench.end_first();
    assert_eq!(bench.slots(), [40]);
}

#[test]
fn what_is_made_up_for_replaces_no_newer_run() {
    let mut bench = stalled(Overlap::Replace);
    bench.pass_to(60.0);
    assert_eq!(bench.slots(), [30, 60]);
    let replaced = bench.living()[0];
    bench.end(replaced, Outcome::Cancelled);
    assert_eq!((bench.slots(), bench.skips(SkipReason::Overlap)), (vec![60], 2));
}

#[test]
fn a_second_stall_joins_what_is_made_up_for_and_the_latest_stay() {
    let mut bench = stalled(Overlap::Skip);
    bench.pass_to(80.5);
    // 40 and 50 waited, 60 to 80 join them, and three is the most.
    assert_eq!((bench.slots(), bench.skips(SkipReason::Misfire)), (vec![30], 2 + 2));
    for second in [60, 70, 80] {
        bench.end_first();
        assert_eq!(bench.slots(), [second]);
    }
    bench.end_first();
    assert!(bench.living().is_empty());
}

#[test]
fn what_was_to_be_made_up_for_is_skipped_at_shutdown() {
    let mut bench = Bench::new([Sample::scheduled("t").with(|options| {
        options.schedule = Some(Schedule::Every(Duration::from_secs(10)));
        options.misfire = Some(Misfire::All(3));
    })]);
    bench.pass_to(50.5);
    let now = bench.now();
    bench.core.stop(StopCause::Asked, now.mono, Duration::from_secs(5), now);
    bench.collect();
    assert_eq!(bench.skips(SkipReason::Shutdown), 2);
}

/// The cell of a run that nobody runs.
pub(super) fn no_host_cell(run: u64) -> Arc<RunCell> {
    let owner = Arc::new(Owner::new("t".into(), no_host()));
    let facts = RunFacts { id: RunId::new(run), owner, trigger: Trigger::Manual, scheduled_at: None };
    Arc::new(RunCell::new(facts))
}
