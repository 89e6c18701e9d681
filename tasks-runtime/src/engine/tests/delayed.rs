//! Runs that ask for admission later, when the clock is looked at late.

use std::time::Duration;

use tasks_core::{Outcome, policy::Overlap};

use super::{Bench, Sample};
use crate::{
    engine::{State, Wish},
    event::EventKind,
    plan::TaskIndex,
};

fn later(bench: &mut Bench, seconds: f64) -> tasks_core::RunId {
    let now = bench.now();
    let run = bench.core.want_later(TaskIndex(0), Duration::from_secs_f64(seconds), Wish::default(), now);
    bench.collect();
    run.expect("it may be wanted later")
}

fn manual(name: &'static str) -> Sample {
    Sample::task(name).with(|options| options.start = Some(tasks_core::policy::Start::Manual))
}

#[test]
fn after_a_stall_delayed_runs_are_admitted_in_the_order_of_their_moments() {
    let mut bench = Bench::new([manual("t").with(|options| options.overlap = Some(Overlap::Queue(1)))]);
    let third = later(&mut bench, 3.0);
    let first = later(&mut bench, 1.0);
    let second = later(&mut bench, 2.0);
    bench.pass_to(0.999_999_999);
    assert!(bench.living().iter().all(|run| matches!(bench.core.runs[run].state, State::Delayed)));
    bench.pass_to(100.0);
    assert!(matches!(bench.core.runs[&first].state, State::Running));
    assert!(matches!(bench.core.runs[&second].state, State::Waiting));
    // One waits already, so the last one is refused, and that is its end.
    assert_eq!(bench.living(), [first, second]);
    let ended: Vec<_> = bench
        .events
        .iter()
        .filter_map(|event| match event {
            EventKind::RunEnded { result, .. } => Some((result.run, result.outcome)),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [(third, Outcome::Failed)]);
    bench.pass_to(200.0);
    assert_eq!(bench.living(), [first, second], "each moment comes once");
}

#[test]
fn the_moments_of_cancelled_runs_do_not_pile_up() {
    let mut bench = Bench::new([manual("t")]);
    let kept = later(&mut bench, 50.0);
    for _ in 0..10_000 {
        let run = later(&mut bench, 1_000_000.0);
        let now = bench.now();
        assert!(bench.core.cancel(run, now));
        bench.collect();
        assert!(bench.core.timers.len() < 200, "{}", bench.core.timers.len());
    }
    bench.pass_to(50.0);
    assert!(matches!(bench.core.runs[&kept].state, State::Running));
    let now = bench.now();
    assert_eq!(bench.core.task_infos(now)[0].delayed, 0);
}
