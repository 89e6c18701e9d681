use std::{sync::Arc, time::Duration};

use tasks_core::{
    BodyKind, Needs,
    policy::{Limit, Options, Overlap, Pool, Schedule},
};

use crate::plan::{Checked, PlanInputs, Planned, Terms, testing::*};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What most of the tasks in here have.
fn usual(options: &mut Options<'static>) {
    options.timeout = Some(Limit::After(seconds(30)));
    options.tags = Some(&["mail"]);
}

fn sound(checked: Checked) -> Vec<Arc<Planned>> {
    checked.into_result().expect("nothing is wrong").tasks
}

fn tasks(samples: impl IntoIterator<Item = Sample>) -> Vec<Arc<Planned>> {
    sound(plan(samples))
}

/// How many there are.
fn terms(tasks: &[Arc<Planned>]) -> usize {
    let mut all: Vec<*const Terms> = tasks.iter().map(|task| Arc::as_ptr(&task.terms)).collect();
    all.sort();
    all.dedup();
    all.len()
}

#[test]
fn equal_options_are_planned_once_and_each_task_keeps_what_it_is() {
    let mut one = Sample::task("one").with(usual).at("src/one.rs", 7);
    one.definition.description = "The one.";
    let other = Sample::task("two").with(usual).at("src/two.rs", 9);
    let tasks = tasks([one, other]);
    assert_eq!(terms(&tasks), 1);
    let shown: Vec<_> = tasks
        .iter()
        .map(|task| format!("{} at {}: {:?}", task.name, task.location(), task.description()))
        .collect();
    assert_eq!(shown, ["one at src/one.rs:7: \"The one.\"", "two at src/two.rs:9: \"\""]);
}

#[test]
fn whoever_is_asked_is_kept_as_it_answered() {
    let by_hand = |name, line| {
        let sample = Sample::task(name).with(usual).at("src/hand.rs", line);
        Sample { by_hand: true, ..sample }
    };
    let tasks = tasks([by_hand("one", 1), by_hand("two", 2)]);
    assert_eq!(terms(&tasks), 2);
    assert_eq!(tasks[1].location().to_string(), "src/hand.rs:2");
    assert_eq!(tasks[1].location().crate_name(), "my_app");
}

#[test]
fn whatever_is_written_or_needed_otherwise_is_planned_by_itself() {
    let usual = |name| Sample::task(name).with(usual);
    let needing = |name, needs: fn(&mut Needs)| Sample { needs, ..usual(name) };
    let mut blocking = usual("blocking");
    blocking.definition.body = BodyKind::Blocking;
    let scheduled = Sample::scheduled("scheduled").with(|options| {
        super::same::usual(options);
        options.schedule = Some(Schedule::Every(seconds(60)));
    });
    let tasks = tasks([
        usual("usual"),
        usual("tagged").with(|options| options.tags = Some(&["other"])),
        usual("allowing").with(|options| options.overlap = Some(Overlap::Skip)),
        needing("listening", Needs::listens),
        blocking,
        scheduled,
    ]);
    assert_eq!(terms(&tasks), 6);
}

#[test]
fn state_that_is_missing_is_told_of_each_that_needs_it() {
    let needing = |name| Sample { needs: Needs::state::<String>, ..Sample::task(name).with(usual) };
    let checked = plan([needing("one"), needing("two"), Sample::task("three").with(usual)]);
    let plan = checked.into_result().expect("nothing else is wrong");
    assert_eq!(terms(&plan.tasks), 2);
    let missing = plan.missing_state(&tasks_core::States::default());
    assert_eq!(missing.len(), 1);
    assert!(
        missing[0].to_string().contains("`one` at src/jobs.rs:1, `two` at src/jobs.rs:1"),
        "{}",
        missing[0]
    );
}

#[test]
fn a_spread_is_counted_from_each_name() {
    let spread = |name| {
        Sample::scheduled(name).with(|options| {
            options.schedule = Some(Schedule::Every(seconds(3600)));
            options.spread = Some(seconds(3600));
        })
    };
    let mut inputs = inputs([spread("one"), spread("two")]);
    inputs.defaults.host = Some("machine".to_owned());
    let tasks = sound(crate::plan::Plan::build(inputs));
    let offset = |task: &Planned| task.schedule_at_start.as_ref().map(|schedule| schedule.spread_offset());
    assert_ne!(offset(&tasks[0]), offset(&tasks[1]));
}

#[test]
fn the_same_mistake_is_told_of_each_task() {
    let wrong =
        |name| Sample::task(name).with(|options| options.timeout = Some(Limit::After(Duration::ZERO)));
    let found = problems([wrong("one"), wrong("two"), wrong("three")]);
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn what_is_found_later_of_equal_tasks_stays_equal() {
    let pooled = |name| {
        Sample::task(name).with(|options| {
            usual(options);
            options.pool = Some(Pool::Named("mail"));
            options.after = Some(&["first"]);
        })
    };
    let samples = [Sample::task("first").with(usual), Sample::task("plain").with(usual)];
    let inputs = PlanInputs {
        pools: vec![("disk".to_owned(), 1), ("mail".to_owned(), 2)],
        ..inputs(samples.into_iter().chain(["x", "y", "z"].map(pooled)))
    };
    let tasks = sound(crate::plan::Plan::build(inputs));
    assert_eq!((terms(&tasks), terms(&tasks[2..])), (2, 1));
    for task in &tasks[2..] {
        assert_eq!((task.pool.map(|pool| pool.0), task.after.len()), (Some(1), 1));
    }
    assert!(tasks[1].pool.is_none() && tasks[1].after.is_empty());
}
