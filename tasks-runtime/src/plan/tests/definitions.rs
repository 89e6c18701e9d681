use std::time::Duration;

use tasks_core::policy::{Limit, MaxRetries, Misfire, Options, Pool, RetryOptions, Schedule, Start};

use crate::plan::testing::{Sample, problems};

const PLACE: &str = "src/jobs.rs:1: task `a`: ";

/// The one problem of a scheduled task with these options.
fn scheduled(set: impl FnOnce(&mut Options<'static>)) -> String {
    only(Sample::scheduled("a").with(set))
}

/// The one problem of a task with these options.
fn task(set: impl FnOnce(&mut Options<'static>)) -> String {
    only(Sample::task("a").with(set))
}

fn only(sample: Sample) -> String {
    let problems = problems([sample]);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems[0].strip_prefix(PLACE).unwrap_or(&problems[0]).to_owned()
}

#[test]
fn equal_names_are_shown_with_both_places() {
    let found = problems([Sample::task("send").at("src/b.rs", 7), Sample::task("send").at("src/a.rs", 3)]);
    let expected = "src/a.rs:3: the task name `send` is used again: at src/b.rs:7 \
                    (give each task a name of its own: `name = \"…\"`)";
    assert_eq!(found, [expected]);
}

#[test]
fn names_that_differ_only_in_case_or_separator_are_equal() {
    let found =
        problems([Sample::task("send-Mail").at("src/b.rs", 7), Sample::task("send_mail").at("src/a.rs", 3)]);
    let expected = "src/b.rs:7: the task name `send-Mail` is used again: `send_mail` at src/a.rs:3; names that \
                    differ only in case or in `-` and `_` count as equal \
                    (give each task a name of its own: `name = \"…\"`)";
    assert_eq!(found, [expected]);
}

#[test]
fn a_bad_name_is_shown_without_its_control_characters() {
    let found = problems([Sample::task("a\u{1b}[2J")]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("src/jobs.rs:1: the name \"a\\u{1b}[2J\" cannot be used: "), "{found:?}");
}

#[test]
fn a_schedule_and_its_declaration_belong_together() {
    assert_eq!(
        scheduled(|_| ()),
        "it is declared as scheduled and has no schedule (set one of `every`, `delay`, `cron` and `at`)"
    );
    assert_eq!(
        task(|options| options.schedule = Some(Schedule::Cron("@daily"))),
        "it has a schedule and is declared as a task without one (set `scheduled: true` in its definition)"
    );
}

#[test]
fn options_of_the_other_kind_are_refused() {
    let belongs =
        |option: &str, owner: &str| format!("the option `{option}` belongs to {owner} only (leave it out)");
    assert_eq!(task(|o| o.on_start = Some(true)), belongs("on_start", "a scheduled task"));
    assert_eq!(task(|o| o.timezone = Some("UTC")), belongs("timezone", "`cron`"));
    let every = Some(Schedule::Every(Duration::from_secs(1)));
    let with = |set: fn(&mut Options<'static>)| {
        scheduled(|options| {
            options.schedule = every;
            set(options);
        })
    };
    assert_eq!(with(|o| o.start = Some(Start::Boot)), belongs("start", "a task without a schedule"));
    assert_eq!(with(|o| o.timezone = Some("UTC")), belongs("timezone", "`cron`"));
    let delay = scheduled(|options| {
        options.schedule = Some(Schedule::Delay(Duration::from_secs(1)));
        options.misfire = Some(Misfire::Skip);
    });
    assert_eq!(delay, belongs("misfire", "`every`, `cron` and `at`"));
    let cron = scheduled(|options| {
        options.schedule = Some(Schedule::Cron("@daily"));
        options.initial_delay = Some(Duration::ZERO);
    });
    assert_eq!(cron, belongs("initial_delay", "`every` and `delay`"));
}

#[test]
fn schedules_that_cannot_be_read_are_refused() {
    let cron = scheduled(|options| options.schedule = Some(Schedule::Cron("61 * * * *")));
    assert!(cron.starts_with("cron `61 * * * *` cannot be used: `61` is out of range"), "{cron}");
    let never = scheduled(|options| options.schedule = Some(Schedule::Cron("0 0 30 2 *")));
    assert!(never.contains("never"), "{never}");
    let zone = scheduled(|options| {
        options.schedule = Some(Schedule::Cron("@daily"));
        options.timezone = Some("Europe/Madird");
    });
    assert_eq!(zone, "unknown time zone `Europe/Madird`: did you mean `Europe/Madrid`?");
    let at = scheduled(|options| options.schedule = Some(Schedule::At("2027-01-31T09:00:00")));
    assert!(at.starts_with("at `2027-01-31T09:00:00` cannot be used: an offset is needed"), "{at}");
}

#[test]
fn lengths_of_zero_are_refused_where_time_must_pass() {
    let zero = |option: &str| format!("`{option}` is 0s: it must be greater than zero");
    assert_eq!(scheduled(|o| o.schedule = Some(Schedule::Every(Duration::ZERO))), zero("every"));
    assert_eq!(scheduled(|o| o.schedule = Some(Schedule::Delay(Duration::ZERO))), zero("delay"));
    assert_eq!(task(|o| o.timeout = Some(Limit::After(Duration::ZERO))), zero("timeout"));
    assert_eq!(task(|o| o.deadline = Some(Limit::After(Duration::ZERO))), zero("deadline"));
    assert!(problems([Sample::task("a").with(|o| o.grace = Some(Duration::ZERO))]).is_empty());
}

#[test]
fn lengths_at_the_edge_are_accepted() {
    let mut retry = RetryOptions::NONE;
    (retry.max, retry.delay, retry.max_delay) =
        (Some(MaxRetries::Unlimited), Some(Duration::from_secs(1)), Some(Duration::from_secs(1)));
    let found = problems([Sample::task("a").with(|options| {
        options.retry = Some(retry);
        options.timeout = Some(Limit::After(tasks_schedule::MIN_DURATION));
        options.deadline = Some(Limit::After(tasks_schedule::MAX_DURATION));
    })]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn lengths_out_of_range_are_refused() {
    let micro = task(|options| options.grace = Some(Duration::from_micros(1)));
    assert_eq!(micro, "`grace` is 1us: the shortest is 1ms");
    let long = task(|options| options.timeout = Some(Limit::After(Duration::MAX)));
    assert!(long.ends_with(": the longest is 10 years"), "{long}");
}

#[test]
fn a_retry_that_makes_no_sense_is_refused() {
    let retry = |set: fn(&mut RetryOptions)| {
        task(|options| {
            let mut retry = RetryOptions::NONE;
            retry.max = Some(MaxRetries::Unlimited);
            set(&mut retry);
            options.retry = Some(retry);
        })
    };
    assert_eq!(
        retry(|retry| retry.factor = Some(f64::NAN)),
        "`retry.factor` is NaN: it is a number from 1 to 1000"
    );
    assert_eq!(
        retry(|retry| retry.factor = Some(0.5)),
        "`retry.factor` is 0.5: it is a number from 1 to 1000"
    );
    let without_max = retry(|retry| (retry.max, retry.panics) = (None, Some(true)));
    assert_eq!(without_max, "`retry` says how to wait and not how often to try again (set `retry.max`)");
    let short = retry(|retry| {
        retry.delay = Some(Duration::from_secs(2));
        retry.max_delay = Some(Duration::from_secs(1));
    });
    assert_eq!(short, "`retry.delay` is 2s, longer than `retry.max_delay`, 1s");
}

#[test]
fn words_that_a_command_line_could_not_name_are_refused() {
    let tag = task(|options| options.tags = Some(&["a,b"]));
    assert!(tag.starts_with("the tag \"a,b\" cannot be used: its name has letters, digits"), "{tag}");
    let found = problems([Sample::task("a").with(|options| options.pool = Some(Pool::Named("")))]);
    assert!(found[0].contains("the pool \"\" cannot be used: its name is empty"), "{found:?}");
}

#[test]
fn all_problems_are_reported_together() {
    let found = problems([
        Sample::task("a").at("src/z.rs", 9).with(|o| o.timeout = Some(Limit::After(Duration::ZERO))),
        Sample::task("b c").at("src/y.rs", 8).with(|o| o.after = Some(&["nosuch"])),
        Sample::scheduled("d").at("src/x.rs", 7),
    ]);
    let places: Vec<&str> = found.iter().map(|line| &line[..10]).collect();
    assert_eq!(places, ["src/x.rs:7", "src/y.rs:8", "src/y.rs:8", "src/z.rs:9"]);
}
