//! Who comes first and how many wait, as pure decisions.

use std::{sync::Arc, time::Duration};

use tasks_core::{
    RunId,
    policy::{self, Priority},
};

use super::{Admission, MAX_WAITING, Refusal, Verdict, pool::Pool};
use crate::{
    clock::Mono,
    plan::{
        Plan, PoolIndex, TaskIndex,
        testing::{Sample, inputs},
    },
};

fn at(seconds: u64) -> Mono {
    Mono(0).plus(Duration::from_secs(seconds))
}

/// Fills the only place, lets runs wait, and frees it again and again at one moment.
fn order(waiting: &[(u64, Priority, u64)], freed_at: u64) -> Vec<u64> {
    let mut pool = Pool::new(1);
    assert!(pool.take(1));
    for (run, priority, since) in waiting {
        pool.wait(RunId::new(*run), *priority, at(*since));
    }
    let name_of = |run: RunId| Arc::from(format!("task {}", run.get()));
    std::iter::from_fn(|| pool.release(at(freed_at), name_of)).map(RunId::get).collect()
}

#[test]
fn the_most_urgent_comes_first_and_equals_in_the_order_of_waiting() {
    use Priority::{Critical, High, Low, Normal};
    let waiting = [(1, Low, 0), (2, Normal, 0), (3, Normal, 1), (4, High, 2), (5, Critical, 3)];
    assert_eq!(order(&waiting, 4), [5, 4, 2, 3, 1]);
}

#[test]
fn a_run_rises_one_level_for_each_whole_five_seconds() {
    use Priority::{Critical, Low};
    assert_eq!(order(&[(1, Low, 0), (2, Critical, 14)], 14), [2, 1]);
    // After 15 s it stands as high as a critical one, and has waited longer.
    assert_eq!(order(&[(1, Low, 0), (2, Critical, 14)], 15), [1, 2]);
}

#[test]
fn runs_that_began_to_wait_together_go_by_name() {
    let waiting = [(2, Priority::High, 0), (1, Priority::Normal, 0)];
    // Both stand at the top after ten seconds.
    assert_eq!(order(&waiting, 10), [1, 2]);
}

#[test]
fn nobody_passes_those_who_wait() {
    let mut pool = Pool::new(2);
    assert!(pool.take(1) && pool.take(1));
    pool.wait(RunId::new(1), Priority::Low, at(0));
    assert!(!pool.take(1));
    assert_eq!(pool.release(at(0), |_| "a".into()), Some(RunId::new(1)));
    assert!(!pool.take(1), "its place went to the one that waited");
    assert_eq!(pool.release(at(0), |_| "a".into()), None);
    assert!(pool.take(1));
}

fn one_task_in_a_pool_of_one() -> Plan {
    let task = Sample::task("t").with(|options| options.pool = Some(policy::Pool::Named("one")));
    let mut inputs = inputs([task]);
    inputs.pools = vec![("one".to_owned(), 1)];
    Plan::build(inputs).into_result().unwrap()
}

#[test]
fn an_end_is_minded_where_anything_is_bounded() {
    use policy::Overlap;
    let samples = [
        Sample::task("allow").with(|options| options.overlap = Some(Overlap::Allow)),
        Sample::task("skip").with(|options| options.overlap = Some(Overlap::Skip)),
        Sample::task("queue").with(|options| options.overlap = Some(Overlap::Queue(7))),
        Sample::task("replace").with(|options| options.overlap = Some(Overlap::Replace)),
        Sample::task("some").with(|options| options.overlap = Some(Overlap::AllowUpTo(7))),
        Sample::task("most").with(|options| options.max_running = Some(7)),
        Sample::task("pool").with(|options| options.pool = Some(policy::Pool::Named("one"))),
    ];
    let mut inputs = inputs(samples);
    inputs.pools = vec![("one".to_owned(), 1)];
    let plan = Plan::build(inputs).into_result().unwrap();
    let mut admission = Admission::new(&plan);
    let minds_none = |admission: &Admission| -> Vec<_> {
        let tasks = (0..).map(TaskIndex).zip(&plan.tasks);
        let free = tasks.filter(|(index, task)| admission.minds_no_end(*index, task));
        free.map(|(_, task)| task.name.to_string()).collect()
    };
    assert_eq!(minds_none(&admission), ["allow"]);
    let allow = TaskIndex(plan.tasks.iter().position(|task| &*task.name == "allow").unwrap() as u32);
    admission.stuck(allow);
    assert_eq!(minds_none(&admission), [""; 0]);
    admission.unstuck(allow);
    assert_eq!(minds_none(&admission), ["allow"]);
}

#[test]
fn ten_thousand_runs_of_a_task_wait_and_no_more() {
    let plan = one_task_in_a_pool_of_one();
    let mut admission = Admission::new(&plan);
    let mut want =
        |run: u32| admission.want(TaskIndex(0), &plan.tasks[0], RunId::new(u64::from(run)), at(0), false);
    assert_eq!(want(0), Ok(Verdict::Start));
    assert!((1..=MAX_WAITING).all(|run| want(run) == Ok(Verdict::Wait)));
    assert_eq!(want(MAX_WAITING + 1), Err(Refusal::Capacity));
}

#[test]
fn a_place_that_is_freed_after_the_stop_goes_to_nobody() {
    let plan = one_task_in_a_pool_of_one();
    let mut admission = Admission::new(&plan);
    for (run, verdict) in [(1, Verdict::Start), (2, Verdict::Wait)] {
        let answer = admission.want(TaskIndex(0), &plan.tasks[0], RunId::new(run), at(0), false);
        assert_eq!(answer, Ok(verdict));
    }
    admission.close();
    assert_eq!(admission.release(PoolIndex(0), at(1), |_| "t".into()), None);
}
