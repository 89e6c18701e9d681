use std::time::Duration;

use tasks_core::policy::Pool;

use crate::plan::{
    Plan, PlanInputs, PlannedPool, PoolIndex,
    testing::{Sample, inputs, plan, problems},
};

fn pooled(name: &'static str, pool: &'static str) -> Sample {
    Sample::task(name).with(|options| options.pool = Some(Pool::Named(pool)))
}

fn lines(inputs: PlanInputs) -> Vec<String> {
    Plan::build(inputs).problems.iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_registry_is_explained() {
    let checked = plan([]);
    assert!(checked.problems[0].problem.contains("a dependency that no code names is not linked"));
    assert!(checked.problems[0].remedy.contains("`use my_jobs as _;`"));
    assert_eq!(checked.into_result().expect_err("nothing is registered").exit_code(), 78);
}

#[test]
fn tasks_are_sorted_and_counted_for_each_crate() {
    let mut other = Sample::task("b");
    other.definition.location.module_path = "jobs::mail";
    let off = Sample::task("d").with(|options| options.enabled = Some(false));
    let plan =
        plan([Sample::task("c"), off, other, Sample::task("a")]).into_result().expect("nothing is wrong");
    let names: Vec<&str> = plan.tasks.iter().map(|task| &*task.name).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    assert_eq!(plan.crates(), [("jobs".to_owned(), 1), ("my_app".to_owned(), 2)]);
}

#[test]
fn a_pool_gets_the_size_that_the_builder_gave() {
    let mut inputs = inputs([pooled("send", "mail"), pooled("free", "default")]);
    inputs.pools = vec![("zip".into(), 1), ("mail".into(), 4)];
    let plan = Plan::build(inputs).into_result().expect("nothing is wrong");
    assert_eq!(plan.pools[0], PlannedPool { name: "mail".into(), size: 4, origin: None });
    assert_eq!(plan.tasks[0].pool, None);
    assert_eq!(plan.tasks[1].pool, Some(PoolIndex(0)));
}

#[test]
fn a_pool_without_a_size_is_refused_with_a_suggestion() {
    let mut inputs = inputs([pooled("send", "mial"), pooled("receive", "mial")]);
    inputs.pools = vec![("mail".into(), 4)];
    let expected = "src/jobs.rs:1: the pool `mial` of `receive`, `send` has no size \
                    (did you mean `mail`? give it one on the builder, `.pool(\"mial\", 4)`, or in the configuration)";
    assert_eq!(lines(inputs), [expected]);
}

#[test]
fn the_pool_of_disabled_tasks_needs_no_size() {
    let off = pooled("send", "mail").with(|options| options.enabled = Some(false));
    assert_eq!(problems([off]), [""; 0]);
}

#[test]
fn sizes_that_cannot_be_kept_are_refused() {
    let mut inputs = inputs([Sample::task("a")]);
    inputs.pools = vec![("b".into(), 0), ("c".into(), 1), ("c".into(), 2), ("default".into(), 3)];
    let found = lines(inputs);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("pool(\"b\", 0): the pool `b` has the size 0"), "{found:?}");
    assert!(found[1].starts_with("pool(\"c\", 2): the pool `c` already has the size 1"), "{found:?}");
    assert!(found[2].starts_with("pool(\"default\", 3): the pool `default` has no limit"), "{found:?}");
}

#[test]
fn a_budget_that_leaves_no_time_to_drain_is_refused() {
    let with = |budget| {
        let mut inputs = inputs([Sample::task("a")]);
        inputs.budget = budget;
        lines(inputs)
    };
    assert_eq!(with(Duration::from_secs(2)), [""; 0]);
    let short = with(Duration::from_millis(1999));
    assert!(short[0].starts_with("shutdown_budget: the shutdown budget is 1s 999ms"), "{short:?}");
    assert_eq!(with(Duration::MAX).len(), 1);
}
