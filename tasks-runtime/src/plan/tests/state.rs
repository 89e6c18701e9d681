use tasks_core::{Needs, States};

use crate::{
    Problem,
    plan::{
        TaskIndex,
        testing::{Sample, plan},
    },
};

#[derive(Clone, Debug)]
struct Db;

fn with_db(name: &'static str, line: u32) -> Sample {
    let mut sample = Sample::task(name).at("src/db.rs", line);
    sample.needs = Needs::state::<Db>;
    sample
}

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn state_that_nobody_gave_is_reported_once_with_the_tasks_that_need_it() {
    let plan =
        plan([with_db("a", 1), with_db("b", 2), Sample::task("c")]).into_result().expect("checked apart");
    let expected = format!(
        "src/db.rs:1: `State<{}>` is not there; it is needed by `a` at src/db.rs:1, `b` at src/db.rs:2 \
         (give a value of this type to the builder, `.state(…)`, or return it from `setup`)",
        std::any::type_name::<Db>()
    );
    assert_eq!(lines(&plan.missing_state(&States::new())), [expected]);
    let mut states = States::new();
    states.insert(Db);
    assert_eq!(plan.missing_state(&states), []);
}

#[test]
fn the_state_of_disabled_tasks_is_not_required_unless_one_is_run_by_name() {
    let off = with_db("a", 1).with(|options| options.enabled = Some(false));
    let plan = plan([off, Sample::task("b")]).into_result().expect("nothing is wrong");
    assert_eq!(plan.missing_state(&States::new()), []);
    assert_eq!(plan.missing_state_of(TaskIndex(0), &States::new()).len(), 1);
    assert_eq!(plan.missing_state_of(TaskIndex(1), &States::new()), []);
}

#[test]
fn two_states_of_one_type_are_refused() {
    let plan = plan([with_db("a", 1)]).into_result().expect("nothing is wrong");
    let mut states = States::new();
    states.insert(Db);
    states.insert(Db);
    let found = lines(&plan.missing_state(&states));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("there are two states of the type `"), "{found:?}");
}
