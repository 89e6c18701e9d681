//! Tasks that were added: what becomes of one that leaves while it is steered.

use tasks_core::Registration;

use super::*;
use crate::{
    handle::PauseUntil,
    plan::{Common, plan_task, read_schedule},
    schedule,
};

const ADDED: TaskIndex = TaskIndex(1);

/// Due once, an hour after the bench begins.
fn once(name: &'static str) -> Sample {
    Sample::scheduled(name).with(|options| options.schedule = Some(Schedule::At("2026-01-01T01:00:00Z")))
}

fn every_ten_seconds() -> schedule::Schedule {
    schedule::Schedule::every(Duration::from_secs(10))
}

impl Bench {
    fn add(&mut self, sample: Sample) -> TaskIndex {
        let common = Common::default();
        let (planned, _) = plan_task(&Registration::new(sample), false, &common, &States::default()).unwrap();
        let now = self.now();
        let (index, _) = self.core.schedule_added(planned, None, &mut || None, now).unwrap();
        self.collect();
        index
    }

    fn remove(&mut self, index: TaskIndex) {
        let now = self.now();
        self.core.remove(index, now).unwrap();
        self.collect();
    }

    fn pause_added(&mut self, until: PauseUntil) {
        let now = self.now();
        self.core.pause(ADDED, "".into(), until, now).unwrap();
        self.collect();
    }

    fn task_names(&self) -> Vec<Arc<str>> {
        self.core.task_infos(self.now()).into_iter().map(|task| task.name).collect()
    }
}

#[test]
fn one_that_is_rescheduled_as_its_last_instant_is_skipped_goes_on_with_the_new_schedule() {
    let jittered = once("x").with(|options| options.jitter = Some(Duration::from_secs(600)));
    let mut bench = Bench::new([Sample::task("t")]);
    assert_eq!(bench.add(jittered), ADDED);
    bench.pause_added(PauseUntil::Resumed);
    // Its instant has come and only its jitter delays it.
    bench.pass_to(3600.5);
    let planned =
        read_schedule(&every_ten_seconds(), "x", std::panic::Location::caller(), &Common::default());
    let now = bench.now();
    bench.core.reschedule(ADDED, planned.unwrap(), now).unwrap();
    bench.collect();
    assert!(bench.core.resume(ADDED, now));
    assert_eq!(bench.task_names(), ["t".into(), "x".into()]);
    bench.pass_to(3610.6);
    let runs = bench.core.run_infos(bench.now());
    assert_eq!(runs.iter().map(|run| &*run.task).collect::<Vec<_>>(), ["t", "x"]);
    // Nothing else stands in its place.
    assert_ne!(bench.add(once("y")), ADDED);
}

#[test]
fn one_whose_last_instant_falls_into_its_pause_is_told_of_by_its_name_as_it_leaves() {
    let mut bench = Bench::new([Sample::task("t")]);
    assert_eq!(bench.add(once("x")), ADDED);
    bench.pause_added(PauseUntil::Elapsed(Duration::from_secs(3700)));
    // Nobody looked at the clock until both were over.
    bench.pass_to(3800.0);
    let resumed = bench.events.iter().find_map(|event| match event {
        EventKind::Resumed { task, .. } => Some(&**task),
        _ => None,
    });
    assert_eq!(resumed, Some("x"));
    assert_eq!(bench.task_names(), ["t".into()]);
    // Its successor begins without a past.
    assert_eq!(
        bench.add(Sample::scheduled("y").with(|options| {
            options.schedule = Some(Schedule::Every(Duration::from_secs(10)));
        })),
        ADDED
    );
    assert!(bench.core.why(ADDED, bench.now()).decisions.is_empty());
}

#[test]
fn one_that_is_over_as_it_is_paused_leaves_no_pause_to_its_successor() {
    let skipping = |name| once(name).with(|options| options.misfire = Some(Misfire::Skip));
    let mut bench = Bench::new([Sample::task("t")]);
    assert_eq!(bench.add(skipping("x")), ADDED);
    // A stall; what was missed in it is skipped.
    bench.seconds = 7200.0;
    bench.pause_added(PauseUntil::Resumed);
    assert_eq!(bench.task_names(), ["t".into()]);
    let every = Sample::scheduled("y")
        .with(|options| options.schedule = Some(Schedule::Every(Duration::from_secs(10))));
    assert_eq!(bench.add(every), ADDED);
    assert!(bench.core.task_infos(bench.now())[1].paused.is_none());
}

#[test]
fn what_was_to_be_made_up_for_is_told_as_skipped_when_its_task_is_removed() {
    let mut bench = Bench::new([Sample::task("t")]);
    bench.add(Sample::scheduled("x").with(|options| {
        options.schedule = Some(Schedule::Every(Duration::from_secs(10)));
        options.misfire = Some(Misfire::All(5));
    }));
    bench.pass_to(45.0);
    let before = bench.events.len();
    bench.remove(ADDED);
    let skipped: u64 = bench.events[before..]
        .iter()
        .map(|event| match event {
            EventKind::FiringSkipped { count, .. } => *count,
            _ => 0,
        })
        .sum();
    assert_eq!(skipped, 3, "of four missed instants one runs");
}

#[test]
fn a_program_is_idle_once_the_last_schedule_is_removed() {
    let mut bench = Bench::new([Sample::task("t")]);
    bench.add(once("x"));
    let run = bench.living()[0];
    bench.end(run, Outcome::Succeeded);
    let is_idle = |bench: &Bench| bench.events.iter().any(|event| matches!(event, EventKind::Idle));
    assert!(!is_idle(&bench));
    bench.remove(ADDED);
    assert!(is_idle(&bench), "nobody looks at the clock before an hour has passed");
}

#[test]
fn a_place_that_is_free_bears_no_name() {
    let mut bench = Bench::new([Sample::task("t")]);
    bench.add(once("x"));
    bench.remove(ADDED);
    let error = bench.core.find("").unwrap_err();
    assert_eq!(error, "no task is called ``: the tasks are `t`");
    bench.add(once("x"));
    bench.core.find("").unwrap_err();
}
