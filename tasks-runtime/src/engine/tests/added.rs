//! Tasks that were added: what becomes of one that leaves while it is steered.

use tasks_core::{Registration, States};

use super::*;
use crate::{
    handle::PauseUntil,
    plan::{Common, Planned, plan_task, read_schedule},
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
        let addition = plan_task(&Registration::new(sample), false, &common, &States::default()).unwrap();
        let now = self.now();
        let mut make = |name, terms| Arc::new(Planned::new(name, terms, sample)) as Arc<Planned>;
        let index = self.core.schedule_added(addition, &mut make, now).unwrap();
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

/// One of a few tasks that are over soon, run late, or make up for much.
fn any(name: &'static str, rng: &mut fastrand::Rng) -> Sample {
    let misfire = [Misfire::Once, Misfire::Skip, Misfire::All(3)][rng.usize(..3)];
    let schedule = match rng.u8(..4) {
        0 => Schedule::At(["2026-01-01T00:00:40Z", "2026-01-01T00:02:00Z"][rng.usize(..2)]),
        1 => Schedule::Delay(Duration::from_secs(7)),
        2 => Schedule::Cron("* * * * *"),
        _ => Schedule::Every(Duration::from_secs(rng.u64(1..20))),
    };
    let jitter = rng.bool().then(|| Duration::from_secs(rng.u64(..30)));
    let overlap = [Overlap::Skip, Overlap::Replace, Overlap::Queue(2), Overlap::AllowUpTo(2)][rng.usize(..4)];
    Sample::scheduled(name).with(|options| {
        let is_delay = matches!(schedule, Schedule::Delay(_));
        (options.schedule, options.overlap, options.jitter) = (Some(schedule), Some(overlap), jitter);
        options.misfire = if is_delay { None } else { Some(misfire) };
    })
}

#[test]
fn whatever_is_added_steered_and_removed_each_run_ends_once_and_nobody_inherits_anything() {
    const NAMES: [&str; 3] = ["x", "y", "z"];
    for seed in 0..300 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut bench = Bench::new([Sample::task("t")]);
        for _ in 0..120 {
            let name = NAMES[rng.usize(..3)];
            let (now, index) = (bench.now(), bench.core.find(name).ok());
            match (rng.u8(..8), index) {
                (0 | 1, None) => {
                    let index = bench.add(any(name, &mut rng));
                    if bench.core.find(name) == Ok(index) {
                        let info = bench.core.why(index, now).task;
                        assert!(info.paused.is_none() && info.last_result.is_none(), "{seed}: {info:?}");
                    }
                }
                (0, Some(index)) => {
                    let end = [PauseUntil::Resumed, PauseUntil::Elapsed(Duration::from_secs(rng.u64(1..60)))];
                    let _ = bench.core.pause(index, "".into(), end[rng.usize(..2)], now);
                }
                (1, Some(index)) => drop(bench.core.resume(index, now)),
                (2, Some(index)) => {
                    let other = [
                        every_ten_seconds(),
                        schedule::Schedule::off(),
                        schedule::Schedule::delay(Duration::from_secs(3)).on_start(),
                        schedule::Schedule::at(now.wall),
                    ];
                    let other = &other[rng.usize(..4)];
                    let caller = std::panic::Location::caller();
                    let planned = read_schedule(other, name, caller, &Common::default()).unwrap();
                    let _ = bench.core.reschedule(index, planned, now);
                }
                (3, Some(index)) => bench.core.remove(index, now).unwrap(),
                (4, Some(index)) => drop(bench.core.want(index, Trigger::Manual, Wish::default(), now)),
                (5, _) => {
                    if let Some(run) = rng.choice(bench.living()) {
                        bench.end(run, [Outcome::Succeeded, Outcome::Failed][rng.usize(..2)]);
                    }
                }
                _ => bench.pass_to(bench.seconds + f64::from(rng.u32(..40))),
            }
            bench.collect();
            // Whoever was steered when the clock had not been looked at for long.
            bench.seconds += f64::from(rng.u32(..3));
        }
        for index in NAMES.iter().filter_map(|name| bench.core.find(name).ok()).collect::<Vec<_>>() {
            bench.remove(index);
        }
        while let Some(run) = bench.living().first() {
            bench.end(*run, Outcome::Succeeded);
        }
        assert_eq!(bench.task_names(), ["t".into()], "{seed}");
        let mut ended = std::collections::HashSet::new();
        for event in &bench.events {
            let task = match event {
                EventKind::RunEnded { result, .. } => {
                    assert!(ended.insert(result.run), "{seed}: {result:?}");
                    &result.task
                }
                EventKind::FiringSkipped { task, .. }
                | EventKind::Paused { task, .. }
                | EventKind::Resumed { task, .. }
                | EventKind::Rescheduled { task, .. }
                | EventKind::PastSchedule { task } => task,
                _ => continue,
            };
            assert!(!task.is_empty(), "{seed}: {event:?}");
        }
        assert!(bench.events.iter().any(|event| matches!(event, EventKind::Idle)), "{seed}");
    }
}
