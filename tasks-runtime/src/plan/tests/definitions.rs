use std::time::Duration;

use tasks_core::{
    BodyKind, Needs,
    policy::{
        Limit, MaxRetries, Misfire, Options, Overlap, Pool, RestartOptions, RestartPolicy, RetryOptions,
        Schedule, Start,
    },
};

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
    let delay = scheduled(|options| {
        options.schedule = Some(Schedule::Delay(Duration::from_secs(1)));
        options.align = Some(true);
    });
    assert_eq!(delay, belongs("align", "`every`"));
    assert_eq!(task(|o| o.jitter = Some(Duration::ZERO)), belongs("jitter", "a scheduled task"));
    assert_eq!(task(|o| o.spread = Some(Duration::ZERO)), belongs("spread", "a scheduled task"));
    let cron = scheduled(|options| {
        options.schedule = Some(Schedule::Cron("@daily"));
        options.initial_delay = Some(Duration::ZERO);
    });
    assert_eq!(cron, belongs("initial_delay", "`every` and `delay`"));
}

#[test]
fn a_grid_on_the_wall_clock_divides_the_day_and_begins_at_midnight() {
    let aligned = |set: fn(&mut Options<'static>)| {
        scheduled(|options| {
            options.schedule = Some(Schedule::Every(Duration::from_secs(60)));
            options.align = Some(true);
            set(options);
        })
    };
    assert_eq!(
        aligned(|options| options.schedule = Some(Schedule::Every(Duration::from_secs(7 * 60)))),
        "`align` puts the grid of `every` on the wall clock, and 7m does not divide 24h; the nearest that do are `6m` and `8m`"
    );
    assert_eq!(
        aligned(|options| options.initial_delay = Some(Duration::ZERO)),
        "`initial_delay` does not go with `align`: the wall clock says when it is due first (leave one of them \
         out)"
    );
}

#[test]
fn numbers_of_runs_begin_at_one() {
    assert_eq!(
        task(|options| options.overlap = Some(Overlap::Queue(0))),
        "`overlap` is queue(0): its number is 1 or more"
    );
    assert_eq!(
        task(|options| options.overlap = Some(Overlap::AllowUpTo(0))),
        "`overlap` is allow(0): its number is 1 or more"
    );
    assert_eq!(
        task(|options| options.max_running = Some(0)),
        "`max_running` is 0: it is 1 or more (to run none, set `enabled` to false)"
    );
    let misfire = scheduled(|options| {
        options.schedule = Some(Schedule::Cron("@daily"));
        options.misfire = Some(Misfire::All(0));
    });
    assert_eq!(misfire, "`misfire` is all(0): its number is 1 or more (to run none, use `skip`)");
}

#[test]
fn a_limit_of_runs_that_overlap_never_reaches_is_refused() {
    let never = |allowed| {
        format!(
            "`max_running` is 3 and never reached: `overlap` lets {allowed} run at once (set `overlap` to \
             `allow`, or leave `max_running` out)"
        )
    };
    let both = |overlap| {
        move |options: &mut Options<'static>| {
            (options.overlap, options.max_running) = (Some(overlap), Some(3));
        }
    };
    for overlap in [Overlap::Skip, Overlap::Queue(9), Overlap::Replace] {
        assert_eq!(task(both(overlap)), never(1));
    }
    assert_eq!(task(both(Overlap::AllowUpTo(2))), never(2));
    for overlap in [Overlap::Allow, Overlap::AllowUpTo(3)] {
        assert_eq!(problems([Sample::task("a").with(both(overlap))]), [""; 0]);
    }
    let implicit = scheduled(|options| {
        options.schedule = Some(Schedule::Cron("@daily"));
        options.max_running = Some(3);
    });
    assert_eq!(implicit, never(1));
}

#[test]
fn a_time_box_needs_a_body_that_listens() {
    let found = task(|options| options.stop_after = Some(Limit::After(Duration::from_secs(1))));
    assert_eq!(
        found,
        "`stop_after` asks the body to finish, and it cannot hear that (give it a parameter of type \
         `CancellationToken` or `Context`, or use `timeout`)"
    );
    let off = Sample::task("a").with(|options| options.stop_after = Some(Limit::Off));
    assert_eq!(problems([off]), [""; 0]);
}

#[test]
fn a_time_box_behind_a_limit_is_refused_even_if_nobody_wrote_the_limit() {
    let minutes = |minutes: u64| Some(Limit::After(Duration::from_secs(60 * minutes)));
    let mut sample = Sample::scheduled("a").with(|options| {
        options.schedule = Some(Schedule::Cron("@daily"));
        options.stop_after = minutes(10);
    });
    sample.needs = Needs::listens;
    assert_eq!(
        only(sample),
        "`stop_after` is 10m and never reached: `timeout` is 5m by default (make `timeout` longer, or switch it \
         off: `timeout = \"off\"`)"
    );
    assert_eq!(problems([sample.with(|options| options.timeout = minutes(11))]), [""; 0]);
    let found =
        only(sample.with(|options| (options.timeout, options.deadline) = (Some(Limit::Off), minutes(10))));
    assert!(found.starts_with("`stop_after` is 10m and never reached: `deadline` is 10m ("), "{found}");
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
    let mut boxed = Sample::task("a").with(|o| o.stop_after = Some(Limit::After(Duration::ZERO)));
    boxed.needs = Needs::listens;
    assert_eq!(only(boxed), zero("stop_after"));
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
fn a_restart_that_makes_no_sense_is_refused() {
    let restart = |set: fn(&mut RestartOptions)| {
        task(|options| {
            let mut restart = RestartOptions::NONE;
            restart.policy = Some(RestartPolicy::Always);
            set(&mut restart);
            options.restart = Some(restart);
        })
    };
    assert_eq!(
        restart(|restart| restart.factor = Some(0.0)),
        "`restart.factor` is 0: it is a number from 1 to 1000"
    );
    assert_eq!(
        restart(|restart| restart.max = Some(0)),
        "`restart.max` is 0: it is a number from 1 to 1000 (to start it never again, set `restart` to `never`)"
    );
    assert_eq!(
        restart(|restart| restart.max = Some(1001)),
        "`restart.max` is 1001: it is a number from 1 to 1000"
    );
    assert_eq!(
        restart(|restart| (restart.policy, restart.max) = (None, Some(1))),
        "`restart` says how it is started again and not after which ends \
         (set `restart.policy` to `on-failure` or `always`)"
    );
    let short = restart(|restart| {
        restart.delay = Some(Duration::from_secs(2));
        restart.max_delay = Some(Duration::from_secs(1));
    });
    assert_eq!(short, "`restart.delay` is 2s, longer than `restart.max_delay`, 1s");
    let zero = |option| format!("`{option}` is 0s: it must be greater than zero");
    assert_eq!(restart(|restart| restart.within = Some(Duration::ZERO)), zero("restart.within"));
    assert_eq!(restart(|restart| restart.max_delay = Some(Duration::ZERO)), zero("restart.max_delay"));
    assert_eq!(task(|options| options.stop_within = Some(Duration::ZERO)), zero("stop_within"));
}

fn service(policy: RestartPolicy) -> Sample {
    let mut restart = RestartOptions::NONE;
    restart.policy = Some(policy);
    Sample::task("a").with(|options| options.restart = Some(restart))
}

#[test]
fn a_plain_function_that_cannot_be_ended_is_no_service() {
    let mut sample = service(RestartPolicy::OnFailure);
    sample.definition.body = BodyKind::Blocking;
    assert_eq!(
        only(sample),
        "it is a service, and nothing could end it: a thread cannot be dropped, and a plain `fn` without such a \
         parameter cannot hear that it is asked to stop (give it a parameter of type `CancellationToken` or \
         `Context`, or make it an `async fn`)"
    );
    sample.needs = Needs::listens;
    assert_eq!(problems([sample]), [""; 0]);
}

#[test]
fn options_that_a_service_contradicts_are_refused() {
    let mut boxed = service(RestartPolicy::OnFailure)
        .with(|options| options.stop_after = Some(Limit::After(Duration::from_secs(60))));
    boxed.needs = Needs::listens;
    let text = only(boxed);
    assert!(text.starts_with("`stop_after` asks it to end, and under `restart = \"on-failure\"`"), "{text}");
    let mut recycled = service(RestartPolicy::Always)
        .with(|options| options.stop_after = Some(Limit::After(Duration::from_secs(60))));
    recycled.needs = Needs::listens;
    assert_eq!(problems([recycled]), [""; 0]);
    let wide = service(RestartPolicy::Always).with(|options| options.max_running = Some(2));
    assert!(only(wide).contains("`overlap` lets 1 run at once"));
    let scheduled = scheduled(|options| {
        options.schedule = Some(Schedule::Every(Duration::from_secs(60)));
        options.restart = service(RestartPolicy::Always).definition.options.restart;
    });
    assert_eq!(scheduled, "the option `restart` belongs to a task without a schedule only (leave it out)");
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
