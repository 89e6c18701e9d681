use crate::{
    Error,
    plan::{
        Checked, Choice, Plan, Selection,
        testing::{Sample, inputs},
    },
};

fn choose(samples: impl IntoIterator<Item = Sample>, only: &[&str], skip: &[&str]) -> Checked {
    let read = |words: &[&str]| words.iter().map(|word| Choice::parse(word)).collect();
    let mut inputs = inputs(samples);
    inputs.selection = Selection { only: read(only), skip: read(skip) };
    Plan::build(inputs)
}

/// `serve` after `migrate` after `connect`; `send` and `receive` are tagged.
fn samples() -> Vec<Sample> {
    let mail = |name| Sample::task(name).with(|options| options.tags = Some(&["mail"]));
    let after = |name, after| Sample::task(name).with(|options| options.after = Some(after));
    vec![
        Sample::task("connect"),
        after("migrate", &["connect"]),
        after("serve", &["migrate"]),
        mail("send"),
        mail("receive"),
    ]
}

fn enabled(checked: &Checked) -> Vec<&str> {
    checked.plan.tasks.iter().filter(|task| task.is_enabled()).map(|task| &*task.name).collect()
}

fn usage(only: &[&str], skip: &[&str]) -> String {
    let error: Error = choose(samples(), only, skip).into_result().expect_err("a word is unknown");
    assert!(error.is_usage());
    assert_eq!(error.exit_code(), 2);
    error.to_string()
}

#[test]
fn without_a_selection_every_task_takes_part() {
    assert_eq!(enabled(&choose(samples(), &[], &[])).len(), 5);
}

#[test]
fn only_keeps_what_is_named_in_after_through_others_too() {
    let checked = choose(samples(), &["Serve"], &[]);
    assert_eq!(enabled(&checked), ["connect", "migrate", "serve"]);
    assert_eq!(checked.plan.tasks[2].disabled.as_deref(), Some("not in --only-tasks"));
    assert_eq!(checked.problems, []);
    assert_eq!(checked.plan.notes, [""; 0]);
}

#[test]
fn a_tag_chooses_all_of_its_tasks() {
    assert_eq!(enabled(&choose(samples(), &["tag:mail"], &["send"])), ["receive"]);
    assert_eq!(enabled(&choose(samples(), &[], &["tag:MAIL", "serve"])), ["connect", "migrate"]);
}

#[test]
fn a_skipped_dependency_counts_as_met_and_is_told() {
    let checked = choose(samples(), &["serve"], &["migrate"]);
    assert_eq!(enabled(&checked), ["connect", "serve"]);
    assert_eq!(checked.problems, []);
    assert!(checked.plan.tasks[4].after.is_empty());
    let note = "`serve` does not wait for `migrate`, which `--skip-tasks` leaves out: it counts as met";
    assert_eq!(checked.plan.notes, [note]);
}

#[test]
fn unknown_words_are_wrong_usage_with_a_suggestion() {
    assert_eq!(usage(&["serv"], &[]), "`--only-tasks`: no task is called `serv`: did you mean `serve`?");
    assert_eq!(
        usage(&[], &["nothing-like-it"]),
        "`--skip-tasks`: no task is called `nothing-like-it`: the tasks are `connect`, `migrate`, `receive`, `send`, \
         `serve`"
    );
    assert_eq!(
        usage(&["tag:mial"], &[]),
        "`--only-tasks`: no task has the tag `mial`: did you mean `tag:mail`?"
    );
    assert_eq!(usage(&["tag:zzz"], &[]), "`--only-tasks`: no task has the tag `zzz`: the tags are `mail`");
    assert_eq!(
        usage(&["mail"], &[]),
        "`--only-tasks`: no task is called `mail`, but there is a tag: did you mean `tag:mail`?"
    );
    assert_eq!(usage(&["x\u{7}", "y"], &[]).lines().count(), 2);
}

#[test]
fn many_names_are_left_to_the_list() {
    let names = (0..20).map(|index| Sample::task(format!("t{index}").leak()));
    let error = choose(names, &["nothing-like-it"], &[]).into_result().expect_err("unknown");
    let expected =
        "`--only-tasks`: no task is called `nothing-like-it`: `--list-tasks=names` shows the names";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_selection_that_leaves_nothing_is_refused() {
    let checked = choose(samples(), &["send"], &["tag:mail"]);
    assert_eq!(checked.problems.len(), 1);
    assert!(checked.problems[0].problem.contains("leave no task that is enabled"));
    assert_eq!(checked.into_result().expect_err("nothing is left").exit_code(), 78);
}

#[test]
fn a_task_that_its_configuration_disables_is_not_enabled_by_choosing_it() {
    let off = Sample::task("off").with(|options| options.enabled = Some(false));
    let checked = choose(samples().into_iter().chain([off]), &["off", "send"], &[]);
    assert_eq!(enabled(&checked), ["send"]);
    assert_eq!(checked.plan.tasks[2].disabled.as_deref(), Some("enabled = false"));
}

#[test]
fn nothing_registered_is_said_before_unknown_words() {
    assert_eq!(choose([], &["serve"], &[]).into_result().expect_err("empty").exit_code(), 78);
}

#[test]
fn one_task_is_found_by_any_equal_name() {
    let plan = choose(samples(), &[], &[]).plan;
    assert_eq!(plan.find("MIGRATE").map(|index| index.0), Ok(1));
    assert_eq!(plan.find("migrat"), Err("no task is called `migrat`: did you mean `migrate`?".to_owned()));
}
