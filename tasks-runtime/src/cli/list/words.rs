//! Schedules and instants, in words.

use jiff::{Timestamp, Zoned};
use tasks_core::{
    policy::{MaxRetries, Schedule, Start},
    zone::Zone,
};
use tasks_schedule::format_duration;

use crate::{
    plan::{Plan, Planned, Rule},
    text::joined,
};

/// Says when a task is due: `every 5m, after migrate`.
///
/// It reads what was written, so that a schedule that cannot be used is shown
/// as it stands in the source. With `mark` the default zone is marked.
pub(in crate::cli) fn schedule(task: &Planned, mark: Option<char>) -> String {
    let written = task.written();
    let mut words = match written.schedule {
        Some(Schedule::Every(period)) => {
            let grid = if written.align == Some(true) { " on the wall clock" } else { "" };
            format!("every {}{grid}", format_duration(period))
        }
        Some(Schedule::Delay(delay)) => format!("{} after each run", format_duration(delay)),
        Some(Schedule::Cron(text)) => format!("cron {text}{}", zone_words(task, mark)),
        Some(Schedule::At(text)) => format!("once at {text}"),
        Some(_) => "unknown".to_owned(),
        None if task.is_scheduled => match task.settings.no_schedule() {
            Some(off) => return format!("off ({})", off.origin),
            None => "no schedule".to_owned(),
        },
        None if task.input.is_some() => "on demand, with an input".to_owned(),
        None if task.start == Start::Manual => "on demand".to_owned(),
        None => "at start".to_owned(),
    };
    if let Some(first) = written.initial_delay {
        match first.is_zero() {
            true => words.push_str(", first at ready"),
            false => words.push_str(&format!(", first {} after ready", format_duration(first))),
        }
    }
    if let Some(jitter) = written.jitter.filter(|jitter| !jitter.is_zero()) {
        words.push_str(&format!(", jitter {}", format_duration(jitter)));
    }
    if let Some(spread) = written.spread.filter(|spread| !spread.is_zero()) {
        words.push_str(&format!(", spread {}", format_duration(spread)));
        if let Some(schedule) = &task.schedule_at_start {
            words.push_str(&format!(" (here {})", format_duration(schedule.spread_offset())));
        }
    }
    if written.on_start == Some(true) {
        words.push_str(", and at start");
    }
    if !task.waits_for.is_empty() {
        words.push_str(&format!(", after {}", joined(&task.waits_for, ", ")));
    }
    words
}

/// The zone, as far as it is known: ` in Europe/Madrid`.
fn zone_words(task: &Planned, mark: Option<char>) -> String {
    let written = task.written().timezone;
    match (task.schedule_at_start.as_ref().map(|schedule| &schedule.rule), written) {
        // A machine's zone is shown by its name, and for what it is.
        (Some(Rule::Cron(schedule)), Some(written)) if written.eq_ignore_ascii_case("local") => {
            format!(" in {} (local)", schedule.zone())
        }
        (Some(Rule::Cron(schedule)), Some(_)) => format!(" in {}", schedule.zone()),
        (Some(Rule::Cron(schedule)), None) => {
            " in ".chars().chain(schedule.zone().name().chars()).chain(mark).collect()
        }
        (_, Some(written)) => format!(" in {written}"),
        (_, None) => String::new(),
    }
}

/// When a task is due next.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cli) struct Next {
    pub(in crate::cli) words: String,
    /// With its zone, if it is an instant on the wall clock.
    pub(super) instant: Option<Zoned>,
}

/// Says when a task is due next in a program that does not run. Nothing for a
/// task that does not start by itself.
pub(in crate::cli) fn next(task: &Planned, plan: &Plan, now: Timestamp) -> Option<Next> {
    let plain = |words: &str| Some(Next { words: words.to_owned(), instant: None });
    if !task.is_enabled() {
        return None;
    }
    let Some(schedule) = &task.schedule_at_start else {
        return match task.start {
            _ if task.settings.schedule_is_off() => None,
            _ if task.is_scheduled => plain("unknown"),
            Start::Manual => None,
            Start::Boot if task.after.is_empty() => plain("at ready"),
            Start::Boot => {
                let names = task.after.iter().filter_map(|index| plan.tasks.get(index.0 as usize));
                plain(&format!("after {}", joined(names.map(|task| &*task.name), ", ")))
            }
        };
    };
    if schedule.on_start {
        return plain("at ready");
    }
    let zone = match &schedule.rule {
        Rule::Every { first, .. } | Rule::Delay { first, .. } if first.is_zero() => return plain("at ready"),
        Rule::Every { first, .. } | Rule::Delay { first, .. } => {
            return plain(&format!("{} after ready", format_duration(*first)));
        }
        Rule::Cron(schedule) => schedule.zone().clone(),
        Rule::At(_) | Rule::Aligned { .. } => Zone::UTC,
    };
    let Some(instant) = schedule.next_instant(now) else { return plain("past") };
    let local = instant.to_zoned(zone.time_zone().clone());
    Some(Next { words: in_zone(instant, &zone), instant: Some(local) })
}

/// An instant in a zone: `2026-03-30 02:30 +02:00 Europe/Madrid`.
pub(in crate::cli) fn in_zone(instant: Timestamp, zone: &Zone) -> String {
    let local = instant.to_zoned(zone.time_zone().clone());
    // Most instants are on the minute.
    let clock = if local.second() == 0 { "%F %H:%M %:z" } else { "%F %T %:z" };
    format!("{} {zone}", local.strftime(clock))
}

/// Says how often a run is attempted again.
pub(super) fn retries(max: MaxRetries) -> String {
    match max {
        MaxRetries::Limited(max) => max.to_string(),
        MaxRetries::Unlimited => "unlimited".to_owned(),
    }
}
