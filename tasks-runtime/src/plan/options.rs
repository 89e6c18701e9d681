//! Whether the options of one task agree with one another.
//!
//! The macros refuse all of this at compile time; a `Task` written by hand is
//! checked here only.

use std::time::Duration;

use tasks_core::{
    __private::Facts,
    BodyKind, Needs,
    policy::{Limit, Misfire, Overlap, Pool, RestartOptions, RestartPolicy, RetryOptions, Schedule, Start},
};
use tasks_options::MAX_RESTARTS;
use tasks_schedule::{MAX_DURATION, MIN_DURATION, check_divides_day, format_duration, name};

use super::Planned;
use crate::error::Problem;

/// `off`: somebody switched the schedule off.
pub(super) fn check(definition: &Facts<'_>, off: bool, problems: &mut Vec<Problem>) {
    let mut report = |problem: String, remedy: &str| {
        let problem = format!("task `{}`: {problem}", definition.name);
        problems.push(Problem::new(definition.location, problem, remedy));
    };
    check_form(definition, off, &mut report);
    check_lengths(definition, &mut report);
    check_grid(definition, &mut report);
    check_counts(definition, &mut report);
    check_retry(definition, &mut report);
    check_restart(definition, &mut report);
    check_words(definition, &mut report);
}

/// Options that only tasks, only schedules or only some schedules have.
fn check_form(definition: &Facts<'_>, off: bool, report: &mut impl FnMut(String, &str)) {
    let written = definition.options;
    match (definition.scheduled, written.schedule) {
        (true, None) if off => {}
        (true, None) => report(
            "it is declared as scheduled and has no schedule".to_owned(),
            "set one of `every`, `delay`, `cron` and `at`",
        ),
        (false, Some(_)) => report(
            "it has a schedule and is declared as a task without one".to_owned(),
            "set `scheduled: true` in its definition",
        ),
        (true, Some(_)) | (false, None) => {}
    }
    let scheduled = definition.scheduled || written.schedule.is_some();
    let is_cron = matches!(written.schedule, Some(Schedule::Cron(_)));
    let is_interval = matches!(written.schedule, Some(Schedule::Every(_) | Schedule::Delay(_)));
    let is_every = matches!(written.schedule, Some(Schedule::Every(_)));
    let misfires = !matches!(written.schedule, Some(Schedule::Delay(_)));
    let mut rule = |option: &str, is_written: bool, fits: bool, owner: &str| {
        if is_written && !fits {
            report(format!("the option `{option}` belongs to {owner} only"), "leave it out");
        }
    };
    rule("start", written.start.is_some(), !scheduled, "a task without a schedule");
    rule("restart", written.restart.is_some(), !scheduled, "a task without a schedule");
    rule("on_start", written.on_start.is_some(), scheduled, "a scheduled task");
    rule("align", written.align.is_some(), is_every, "`every`");
    rule("jitter", written.jitter.is_some(), scheduled, "a scheduled task");
    rule("spread", written.spread.is_some(), scheduled, "a scheduled task");
    rule("misfire", written.misfire.is_some(), scheduled && misfires, "`every`, `cron` and `at`");
    rule("timezone", written.timezone.is_some(), is_cron, "`cron`");
    rule("initial_delay", written.initial_delay.is_some(), is_interval, "`every` and `delay`");
}

/// Lengths of time outside of what timers and people can work with.
fn check_lengths(definition: &Facts<'_>, report: &mut impl FnMut(String, &str)) {
    let written = definition.options;
    let retry = written.retry.unwrap_or_default();
    let restart = written.restart.unwrap_or_default();
    let limit = |limit: Option<Limit>| limit.and_then(Limit::duration);
    let (every, delay) = match written.schedule {
        Some(Schedule::Every(period)) => (Some(period), None),
        Some(Schedule::Delay(delay)) => (None, Some(delay)),
        _ => (None, None),
    };
    let mut check = |option: &str, length: Option<Duration>, may_be_zero| {
        let Some(length) = length else { return };
        if let Some(complaint) = complaint(length, may_be_zero) {
            report(format!("`{option}` is {}: {complaint}", format_duration(length)), "");
        }
    };
    check("every", every, false);
    check("delay", delay, false);
    check("timeout", limit(written.timeout), false);
    check("stop_after", limit(written.stop_after), false);
    check("deadline", limit(written.deadline), false);
    check("retry.max_delay", retry.max_delay, false);
    check("retry.delay", retry.delay, true);
    check("restart.max_delay", restart.max_delay, false);
    check("restart.within", restart.within, false);
    check("restart.delay", restart.delay, true);
    check("stop_within", written.stop_within, false);
    check("grace", written.grace, true);
    check("initial_delay", written.initial_delay, true);
    check("jitter", written.jitter, true);
    check("spread", written.spread, true);
}

fn complaint(length: Duration, may_be_zero: bool) -> Option<&'static str> {
    match length {
        Duration::ZERO if may_be_zero => None,
        Duration::ZERO => Some("it must be greater than zero"),
        length if length < MIN_DURATION => Some("the shortest is 1ms"),
        length if length > MAX_DURATION => Some("the longest is 10 years"),
        _ => None,
    }
}

/// A grid on the wall clock is the same on each day.
fn check_grid(definition: &Facts<'_>, report: &mut impl FnMut(String, &str)) {
    let written = definition.options;
    let (Some(true), Some(Schedule::Every(period))) = (written.align, written.schedule) else { return };
    if let Err(error) = check_divides_day(period) {
        report(format!("`align` puts the grid of `every` on the wall clock, and {error}"), "");
    }
    if written.initial_delay.is_some() {
        report(
            "`initial_delay` does not go with `align`: the wall clock says when it is due first".to_owned(),
            "leave one of them out",
        );
    }
}

/// Numbers of runs, each of which must be reached by some run.
fn check_counts(definition: &Facts<'_>, report: &mut impl FnMut(String, &str)) {
    let written = definition.options;
    let scheduled = definition.scheduled || written.schedule.is_some();
    if let Some(overlap @ (Overlap::Queue(0) | Overlap::AllowUpTo(0))) = written.overlap {
        report(format!("`overlap` is {}(0): its number is 1 or more", overlap.as_str()), "");
    }
    if written.misfire == Some(Misfire::All(0)) {
        report("`misfire` is all(0): its number is 1 or more".to_owned(), "to run none, use `skip`");
    }
    let Some(most) = written.max_running else { return };
    let allowed = match written.overlap {
        Some(Overlap::AllowUpTo(allowed)) => allowed,
        Some(Overlap::Skip | Overlap::Queue(_) | Overlap::Replace) => 1,
        None if scheduled || is_service(definition) => 1,
        _ => u32::MAX,
    };
    if most == 0 {
        report("`max_running` is 0: it is 1 or more".to_owned(), "to run none, set `enabled` to false");
    } else if most > allowed.max(1) {
        report(
            format!("`max_running` is {most} and never reached: `overlap` lets {allowed} run at once"),
            "set `overlap` to `allow`, or leave `max_running` out",
        );
    }
}

/// Whether somebody can give a task the value that it is started with. The
/// macros do not see through an alias of `Input`.
pub(super) fn check_input(definition: &Facts<'_>, needs: &Needs, problems: &mut Vec<Problem>) {
    let Some(input) = needs.input_type() else { return };
    let mut report = |problem: String, remedy: &str| {
        let problem = format!("task `{}`: {problem}", definition.name);
        problems.push(Problem::new(definition.location, problem, remedy));
    };
    if needs.__inputs().len() > 1 {
        report(
            "it takes more than one `Input`, and a run is started with one value".to_owned(),
            "put them into one struct",
        );
    }
    if is_service(definition) {
        report(
            format!("it takes an `Input<{input}>`, and a restart has none to give"),
            "leave `restart` out; `retry` gives each attempt a copy of the input",
        );
    }
    if definition.scheduled || definition.options.schedule.is_some() {
        report(
            format!("it takes an `Input<{input}>`, and a schedule has none to give"),
            "make it a `#[task]`, and a scheduled one that calls `handle.spawn`",
        );
    } else if definition.options.start == Some(Start::Boot) {
        report(
            format!("it takes an `Input<{input}>`, and the start of the program has none to give"),
            "leave `start` out: such a task starts when somebody calls `handle.spawn`",
        );
    }
}

/// Whether a time box does something: who listens is known only now, and so is
/// a timeout that nobody wrote.
pub(super) fn check_stop_after(task: &Planned, problems: &mut Vec<Problem>) {
    let Some(length) = task.stop_after else { return };
    let mut report = |problem: String, remedy: &str| {
        let problem = format!("task `{}`: {problem}", task.name);
        problems.push(Problem::new(task.location(), problem, remedy));
    };
    if !task.listens {
        report(
            "`stop_after` asks the body to finish, and it cannot hear that".to_owned(),
            "give it a parameter of type `CancellationToken` or `Context`, or use `timeout`",
        );
    }
    let implicit = if task.timeout_is_implicit { " by default" } else { "" };
    for (option, limit, implicit) in [("timeout", task.timeout, implicit), ("deadline", task.deadline, "")] {
        if let Some(limit) = limit.filter(|limit| *limit <= length) {
            let (length, limit) = (format_duration(length), format_duration(limit));
            report(
                format!("`stop_after` is {length} and never reached: `{option}` is {limit}{implicit}"),
                &format!("make `{option}` longer, or switch it off: `{option} = \"off\"`"),
            );
        }
    }
}

/// Ten waits at this factor are longer than any `max_delay`.
const MAX_FACTOR: f64 = 1000.0;

fn check_retry(definition: &Facts<'_>, report: &mut impl FnMut(String, &str)) {
    let Some(retry) = &definition.options.retry else { return };
    if retry.max.is_none() && *retry != RetryOptions::NONE {
        report("`retry` says how to wait and not how often to try again".to_owned(), "set `retry.max`");
    }
    check_backoff("retry", retry.factor, retry.delay, retry.max_delay, report);
}

fn check_restart(definition: &Facts<'_>, report: &mut impl FnMut(String, &str)) {
    let Some(restart) = &definition.options.restart else { return };
    if restart.policy.is_none() && *restart != RestartOptions::NONE {
        report(
            "`restart` says how it is started again and not after which ends".to_owned(),
            "set `restart.policy` to `on-failure` or `always`",
        );
    }
    let mut alone = RestartOptions::NONE;
    alone.policy = Some(RestartPolicy::Never);
    if restart.policy == alone.policy && *restart != alone {
        report(
            "`restart` is `never`, so nothing is ever started again".to_owned(),
            "leave its other parts out, or set `restart.policy`",
        );
    }
    if let Some(max) = restart.max.filter(|max| !(1..=MAX_RESTARTS).contains(max)) {
        let remedy = if max == 0 { "to start it never again, set `restart` to `never`" } else { "" };
        report(format!("`restart.max` is {max}: it is a number from 1 to {MAX_RESTARTS}"), remedy);
    }
    check_backoff("restart", restart.factor, restart.delay, restart.max_delay, report);
}

fn check_backoff(
    option: &str,
    factor: Option<f64>,
    delay: Option<Duration>,
    max_delay: Option<Duration>,
    report: &mut impl FnMut(String, &str),
) {
    if let Some(factor) = factor.filter(|factor| !(1.0..=MAX_FACTOR).contains(factor)) {
        report(format!("`{option}.factor` is {factor}: it is a number from 1 to {MAX_FACTOR}"), "");
    }
    if let (Some(delay), Some(max_delay)) = (delay, max_delay)
        && delay > max_delay
    {
        let (delay, max_delay) = (format_duration(delay), format_duration(max_delay));
        report(format!("`{option}.delay` is {delay}, longer than `{option}.max_delay`, {max_delay}"), "");
    }
}

fn is_service(definition: &Facts<'_>) -> bool {
    let policy = definition.options.restart.and_then(|restart| restart.policy);
    policy.is_some_and(|policy| policy != RestartPolicy::Never)
}

/// Whether a service can be stopped, and whether it is meant to go on: who
/// listens is known only now.
pub(super) fn check_service(task: &Planned, problems: &mut Vec<Problem>) {
    if !task.is_service() {
        return;
    }
    let mut report = |problem: &str, remedy: &str| {
        let problem = format!("task `{}`: {problem}", task.name);
        problems.push(Problem::new(task.location(), problem, remedy));
    };
    if task.body == BodyKind::Blocking && !task.listens {
        report(
            "it is a service, and nothing could end it: a thread cannot be dropped, and a plain `fn` without \
             such a parameter cannot hear that it is asked to stop",
            "give it a parameter of type `CancellationToken` or `Context`, or make it an `async fn`",
        );
    }
    if task.stop_after.is_some() && task.restart.policy == RestartPolicy::OnFailure {
        report(
            "`stop_after` asks it to end, and under `restart = \"on-failure\"` it is not started again when \
             it has ended well",
            "set `restart` to `always`, or leave `stop_after` out",
        );
    }
}

/// Tags and pools are words by the rule for task names, so that a command line
/// and a file can name them.
fn check_words(definition: &Facts<'_>, report: &mut impl FnMut(String, &str)) {
    let tags = definition.options.tags.unwrap_or_default().iter().map(|tag| ("tag", *tag));
    let pool = match definition.options.pool {
        Some(Pool::Named(name)) => Some(("pool", name)),
        Some(Pool::Off) | None => None,
    };
    for (what, word) in tags.chain(pool) {
        if let Err(error) = name::check(word) {
            let error = error.to_string();
            let rule = error.strip_prefix("a task's name").unwrap_or(&error);
            report(format!("the {what} {word:?} cannot be used: its name{rule}"), "");
        }
    }
}
