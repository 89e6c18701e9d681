use std::time::Duration;

use tasks_core::{
    BodyKind,
    policy::{
        Jitter, Limit, MaxRetries, Misfire, OnShutdown, Options, Overlap, Priority, RestartOptions,
        RestartPolicy, RetryOptions, Schedule, Start,
    },
};

use crate::{
    plan::{
        Backoff, Checked, Plan, Planned, Restart, Retry, Rule,
        testing::{Sample, inputs, plan},
    },
    spread::Spread,
};

const MINUTE: Duration = Duration::from_secs(60);

fn every_minute(name: &'static str) -> Sample {
    Sample::scheduled(name).with(|options| options.schedule = Some(Schedule::Every(MINUTE)))
}

/// What is in force for one sample that nothing is wrong with.
fn in_force(sample: Sample) -> std::sync::Arc<Planned> {
    let plan = plan([sample]).into_result().expect("nothing is wrong");
    std::sync::Arc::clone(&plan.tasks[0])
}

#[test]
fn a_task_has_the_defaults_of_the_design() {
    let task = in_force(Sample::task("migrate"));
    assert_eq!((task.timeout, task.timeout_is_implicit, task.deadline), (None, false, None));
    assert_eq!(task.grace, Duration::from_secs(2));
    let retry = Retry {
        max: MaxRetries::Limited(0),
        backoff: Backoff {
            delay: Duration::from_secs(1),
            factor: 2.0,
            max_delay: MINUTE,
            jitter: Jitter::Full,
        },
        panics: false,
    };
    assert_eq!(task.retry, retry);
    assert_eq!((task.priority, task.pool, task.essential), (Priority::Normal, None, false));
    assert_eq!((task.start, task.overlap), (Start::Boot, Overlap::Allow));
    assert_eq!((task.max_running, task.stop_after), (None, None));
    assert_eq!(task.on_shutdown, OnShutdown::Finish);
    assert!(task.is_enabled() && task.is_boot() && task.schedule_at_start.is_none());
}

#[test]
fn a_scheduled_async_fn_has_an_implicit_timeout_of_five_minutes() {
    let task = in_force(every_minute("prune"));
    assert_eq!((task.timeout, task.timeout_is_implicit), (Some(5 * MINUTE), true));
    assert_eq!(task.overlap, Overlap::Skip);
    assert!(!task.is_boot());
}

#[test]
fn a_scheduled_plain_fn_has_no_timeout() {
    let mut sample = every_minute("prune");
    sample.definition.body = BodyKind::Blocking;
    let task = in_force(sample);
    assert_eq!((task.timeout, task.timeout_is_implicit), (None, false));
}

#[test]
fn a_timeout_that_is_switched_off_is_not_replaced_by_the_default() {
    let task = in_force(every_minute("prune").with(|options| options.timeout = Some(Limit::Off)));
    assert_eq!((task.timeout, task.timeout_is_implicit), (None, false));
}

#[test]
fn a_body_that_listens_is_cancelled_at_shutdown() {
    let mut sample = Sample::task("serve");
    sample.needs = tasks_core::Needs::listens;
    let task = in_force(sample);
    assert_eq!((task.listens, task.on_shutdown), (true, OnShutdown::Cancel));
    let task = in_force(sample.with(|options| options.on_shutdown = Some(OnShutdown::Drop)));
    assert_eq!(task.on_shutdown, OnShutdown::Drop);
}

#[test]
fn a_fixed_rate_waits_for_one_period_and_a_fixed_delay_for_nothing() {
    let rule = |sample| in_force(sample).schedule_at_start.clone().expect("scheduled");
    let every = rule(every_minute("a"));
    assert!(matches!(every.rule, Rule::Every { period: MINUTE, first: MINUTE }));
    assert_eq!((every.misfire, every.on_start), (Misfire::Once, false));
    assert_eq!(every.jitter, Duration::ZERO);
    let delay = rule(Sample::scheduled("a").with(|o| o.schedule = Some(Schedule::Delay(MINUTE))));
    assert!(matches!(delay.rule, Rule::Delay { delay: MINUTE, first: Duration::ZERO }));
    let at_once = rule(every_minute("a").with(|options| options.initial_delay = Some(Duration::ZERO)));
    assert!(matches!(at_once.rule, Rule::Every { period: MINUTE, first: Duration::ZERO }));
}

#[test]
fn a_spread_needs_the_name_of_the_machine() {
    let spread = || {
        let mut inputs = inputs([every_minute("a").with(|options| options.spread = Some(MINUTE))]);
        inputs.defaults.host = None;
        inputs
    };
    let problems = Plan::build(spread()).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].problem.ends_with("counted from the machine's name, and this machine has none"));
    let unnamed = |length| {
        let mut inputs = inputs([every_minute("a").with(|options| options.spread = length)]);
        inputs.defaults.host = None;
        Plan::build(inputs).problems
    };
    assert_eq!(unnamed(None), []);
    assert_eq!(unnamed(Some(Duration::ZERO)), []);
    let mut named = spread();
    named.defaults.host = Some("web-2".to_owned());
    let plan = Plan::build(named).into_result().expect("nothing is wrong");
    assert_eq!(
        plan.tasks[0].schedule_at_start.as_ref().expect("scheduled").spread,
        Spread::new(MINUTE, "web-2", "a")
    );
}

#[test]
fn an_aligned_rate_stands_on_the_wall_clock() {
    let aligned = in_force(every_minute("a").with(|options| {
        options.align = Some(true);
        options.jitter = Some(Duration::from_secs(10));
        options.misfire = Some(Misfire::All(5));
    }));
    let schedule = aligned.schedule_at_start.as_ref().expect("scheduled");
    assert!(matches!(schedule.rule, Rule::Aligned { period: MINUTE }));
    assert_eq!((schedule.jitter, schedule.misfire), (Duration::from_secs(10), Misfire::All(5)));
    let unaligned = in_force(every_minute("a").with(|options| options.align = Some(false)));
    assert!(matches!(unaligned.schedule_at_start.as_ref().expect("scheduled").rule, Rule::Every { .. }));
}

#[test]
fn a_limit_of_runs_and_a_time_box_are_kept() {
    let mut sample = Sample::task("crawl").with(|options| {
        options.max_running = Some(3);
        options.overlap = Some(Overlap::AllowUpTo(5));
        options.stop_after = Some(Limit::After(MINUTE));
    });
    sample.needs = tasks_core::Needs::listens;
    let task = in_force(sample);
    assert_eq!((task.max_running, task.overlap), (Some(3), Overlap::AllowUpTo(5)));
    assert_eq!(task.stop_after, Some(MINUTE));
    let off = in_force(sample.with(|options| options.stop_after = Some(Limit::Off)));
    assert_eq!(off.stop_after, None);
}

#[test]
fn a_service_has_the_defaults_of_the_design() {
    let service = |sample: Sample, delay| {
        let mut restart = RestartOptions::NONE;
        (restart.policy, restart.delay) = (Some(RestartPolicy::OnFailure), delay);
        in_force(sample.with(|options| options.restart = Some(restart)))
    };
    let second = Duration::from_secs(1);
    let task = service(Sample::task("serve"), None);
    let restart = Restart {
        policy: RestartPolicy::OnFailure,
        backoff: Backoff { delay: second / 10, factor: 2.0, max_delay: 30 * second, jitter: Jitter::Full },
        max: 5,
        within: 30 * second,
    };
    assert_eq!((task.restart, task.is_service()), (restart, true));
    assert_eq!((task.overlap, task.on_shutdown), (Overlap::Skip, OnShutdown::Drop));
    assert_eq!((task.timeout, task.stop_within), (None, None));
    let mut listening = Sample::task("serve");
    listening.needs = tasks_core::Needs::listens;
    assert_eq!(service(listening, None).on_shutdown, OnShutdown::Cancel);
    let slow = service(Sample::task("serve"), Some(MINUTE));
    assert_eq!(slow.restart.backoff.max_delay, MINUTE, "nobody wrote the 30 s");
    assert!(!in_force(Sample::task("migrate")).is_service());
}

#[test]
fn a_cron_expression_is_read_in_utc() {
    let task = in_force(Sample::scheduled("a").with(|o| o.schedule = Some(Schedule::Cron("30 2 * * *"))));
    let Some(Rule::Cron(schedule)) = task.schedule_at_start.as_ref().map(|schedule| &schedule.rule) else {
        panic!("{task:?}")
    };
    assert_eq!(schedule.zone().name(), "UTC");
}

#[test]
fn a_long_retry_delay_is_not_cut_by_a_maximum_that_nobody_wrote() {
    let mut retry = RetryOptions::NONE;
    retry.max = Some(MaxRetries::Limited(3));
    retry.delay = Some(5 * MINUTE);
    let task = in_force(Sample::task("send").with(|options| options.retry = Some(retry)));
    assert_eq!((task.retry.backoff.delay, task.retry.backoff.max_delay), (5 * MINUTE, 5 * MINUTE));
}

fn with_zone(zone: &str) -> Checked {
    let nightly = |options: &mut Options<'static>| options.schedule = Some(Schedule::Cron("0 3 * * *"));
    let tasks = [
        Sample::scheduled("first").with(nightly),
        Sample::scheduled("second").with(nightly),
        Sample::scheduled("third").with(|options| {
            nightly(options);
            options.timezone = Some("Asia/Tokyo");
        }),
    ];
    let mut inputs = inputs(tasks);
    inputs.defaults.timezone = zone.to_owned();
    Plan::build(inputs)
}

#[test]
fn the_builder_s_zone_is_that_of_every_cron_without_one() {
    let checked = with_zone("europe/madrid");
    assert_eq!(checked.problems, []);
    let zones: Vec<&str> = checked
        .plan
        .tasks
        .iter()
        .map(|task| match &task.schedule_at_start.as_ref().unwrap().rule {
            Rule::Cron(schedule) => schedule.zone().name(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(zones, ["Europe/Madrid", "Europe/Madrid", "Asia/Tokyo"]);
}

#[test]
fn a_default_zone_that_does_not_exist_is_told_once() {
    let checked = with_zone("Europe/Madird");
    let said: Vec<String> = checked.problems.iter().map(|problem| problem.problem.clone()).collect();
    assert_eq!(said, ["unknown time zone `Europe/Madird`: did you mean `Europe/Madrid`?"]);
    assert_eq!(checked.problems[0].place, "timezone");
}
