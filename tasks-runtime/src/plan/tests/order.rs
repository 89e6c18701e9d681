use std::time::Duration;

use tasks_core::policy::{Schedule, Start};

use crate::plan::{
    TaskIndex,
    testing::{Sample, plan, problems},
};

fn after(name: &'static str, after: &'static [&'static str]) -> Sample {
    Sample::task(name).with(|options| options.after = Some(after))
}

#[test]
fn dependencies_are_found_under_equal_names_and_once() {
    let plan =
        plan([after("serve", &["Migrate-DB", "migrate_db"]), Sample::task("migrate_db")]).into_result();
    assert_eq!(plan.expect("nothing is wrong").tasks[1].after, [TaskIndex(0)]);
}

#[test]
fn an_unknown_dependency_is_refused_with_a_suggestion() {
    let found = problems([after("serve", &["migrat"]), Sample::task("migrate")]);
    let expected =
        "src/jobs.rs:1: task `serve`: `after` names `migrat`, which is no task (did you mean `migrate`?)";
    assert_eq!(found, [expected]);
}

#[test]
fn only_tasks_that_start_with_the_program_can_be_waited_for() {
    let found = problems([
        after("serve", &["prune", "compress"]),
        Sample::scheduled("prune").with(|o| o.schedule = Some(Schedule::Every(Duration::from_secs(1)))),
        Sample::task("compress").with(|options| options.start = Some(Start::Manual)),
    ]);
    let expected = [
        "src/jobs.rs:1: task `serve`: `after` names `compress`, which starts only when asked (`start = \"manual\"`) \
         (name a task that starts with the program)",
        "src/jobs.rs:1: task `serve`: `after` names `prune`, which is scheduled and has no end to wait for \
         (name a task that starts with the program)",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_circle_is_refused_and_shown_whole() {
    let found = problems([after("c", &["a"]), after("b", &["c"]), after("a", &["b"]), after("d", &["a"])]);
    let expected =
        "src/jobs.rs:1: tasks are after one another in a circle: a -> b -> c -> a (remove one `after`)";
    assert_eq!(found, [expected]);
    let found = problems([after("a", &["a"])]);
    assert!(found[0].contains("circle: a -> a ("), "{found:?}");
}

#[test]
fn what_only_leads_into_a_circle_is_no_part_of_it() {
    let found = problems([after("a", &["b"]), after("b", &["c"]), after("c", &["b"])]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("circle: b -> c -> b ("), "{found:?}");
}

#[test]
fn two_circles_are_two_problems() {
    let found = problems([after("a", &["b"]), after("b", &["a"]), after("x", &["y"]), after("y", &["x"])]);
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn a_diamond_is_no_circle() {
    let found =
        problems([after("d", &["b", "c"]), after("b", &["a"]), after("c", &["a"]), Sample::task("a")]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_chain_as_long_as_a_program_may_be_is_walked() {
    let names: Vec<&'static str> = (0..20_000).map(|index| &*format!("t{index:05}").leak()).collect();
    let chain = names.windows(2).map(|pair| {
        let dependency: &'static [&'static str] = vec![pair[1]].leak();
        after(pair[0], dependency)
    });
    assert!(problems(chain.chain([Sample::task("t19999")])).is_empty());
}

#[test]
fn an_enabled_task_cannot_wait_for_one_that_is_disabled() {
    let disabled = Sample::task("migrate").at("src/db.rs", 4).with(|options| options.enabled = Some(false));
    let found = problems([after("serve", &["migrate"]), disabled]);
    let expected = "src/jobs.rs:1: task `serve` is after `migrate`, which is disabled (enabled = false) at \
                    src/db.rs:4 (disable both, or remove it from `after`)";
    assert_eq!(found, [expected]);
    let both = problems([after("serve", &["migrate"]).with(|o| o.enabled = Some(false)), disabled]);
    assert!(both.is_empty(), "{both:?}");
}
