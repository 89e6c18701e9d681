//! The decision log: what only stalls and very many tasks show.

use super::*;
use crate::{
    engine::decisions::{DecisionKind, IN_ALL, Late, LateReason, PER_TASK},
    handle::RunWait,
};

impl Bench {
    /// The texts of the decisions about a task, without their instants.
    fn decided(&self, index: TaskIndex) -> Vec<String> {
        let decisions = self.core.why(index, self.now()).decisions;
        let texts = decisions.iter().map(ToString::to_string);
        texts.map(|text| text.split_once("  ").unwrap().1.to_owned()).collect()
    }
}

fn every(name: &'static str, seconds: u64) -> Sample {
    Sample::scheduled(name).with(|options| {
        options.schedule = Some(Schedule::Every(Duration::from_secs(seconds)));
    })
}

#[test]
fn a_run_after_a_stall_says_that_it_could_not_be_served_before() {
    let mut bench = Bench::new([every("t", 10)]);
    bench.pass_to(10.0);
    bench.end(bench.living()[0], Outcome::Succeeded);
    // Four instants pass; the latest of them runs.
    bench.pass_to(53.0);
    let run = bench.living()[0];
    let decided = bench.decided(TASK);
    assert_eq!(
        decided[1..],
        [
            "skipped 3 firings, 2026-01-01T00:00:20.000Z to 2026-01-01T00:00:40.000Z: \
             misfire, the instant had passed"
                .to_owned(),
            format!("run {run} started (schedule), 3s late: the program could not serve it before"),
        ]
    );
    let last = bench.core.why(TASK, bench.now()).decisions.pop().unwrap();
    match last.kind {
        DecisionKind::Started { late: Some(late), .. } => {
            assert_eq!(late, Late { by: Duration::from_secs(3), why: LateReason::Unserved });
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_that_no_worker_has_come_to_says_so() {
    let mut bench = Bench::new([every("t", 10)]);
    bench.seconds = 10.0;
    let now = bench.now();
    // Nobody carries out the action that was left.
    bench.core.tick(now);
    bench.seconds = 14.0;
    let why = bench.core.why(TASK, bench.now());
    assert_eq!(why.runs[0].wait, Some(RunWait::Worker));
    assert!(why.to_string().contains("was let in 4s ago, and no worker has come to it"), "{why}");
}

#[test]
fn the_decisions_of_very_many_tasks_are_bounded() {
    let tasks = 3_000;
    let names: Vec<&'static str> = (0..tasks).map(|n| &*format!("t{n:04}").leak()).collect();
    let mut bench = Bench::new(names.into_iter().map(|name| every(name, 1)));
    for second in 1..40_u32 {
        // The first run of each goes on, and all that follow are skipped.
        bench.pass_to(f64::from(second));
        bench.events.clear();
    }
    let of = |index| bench.decided(TaskIndex(index)).len();
    let kept: usize = (0..tasks).map(of).sum();
    assert_eq!(kept, IN_ALL);
    assert!((0..tasks).all(|index| of(index) <= PER_TASK as usize));
    assert!(bench.decided(TaskIndex(7)).iter().all(|text| text.contains("goes on")));
}
