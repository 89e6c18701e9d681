//! Runs that may take longer than it is to the next one.

use std::time::Duration;

use tasks_core::policy::MaxRetries;
use tasks_schedule::format_duration;

use super::times::{Times, Window};
use crate::{
    list::IntoList as _,
    plan::{Plan, Planned},
};

pub(super) fn lines(plan: &Plan, window: Window) -> Vec<String> {
    plan.tasks.iter().filter(|task| task.is_enabled()).flat_map(|task| of_task(task, window)).into_list()
}

fn of_task(task: &Planned, window: Window) -> Vec<String> {
    let Some(schedule) = &task.schedule_at_start else { return Vec::new() };
    let Some(period) = Times::of(schedule, window).period(window) else { return Vec::new() };
    let mut lines = Vec::new();
    if schedule.jitter > period {
        let (jitter, period) = (format_duration(schedule.jitter), format_duration(period));
        lines.push(format!(
            "`{}`: its jitter of {jitter} is cut to {period}, the time to the next run",
            task.name
        ));
    }
    let longest = Longest::of(task);
    let may_take = match longest {
        Longest::Attempt(length) if length >= period => {
            let implicit = if task.timeout_is_implicit { ", the default" } else { "" };
            format!("a run may take {}{implicit}", format_duration(length))
        }
        Longest::Run(length) if length >= period => {
            format!("with its retries a run may take {}", format_duration(length))
        }
        Longest::Attempt(_) | Longest::Run(_) => return lines,
        Longest::Unlimited => "nothing limits a run".to_owned(),
    };
    let period = format_duration(period);
    let consequence = task.overlap.consequence();
    lines.push(format!("`{}`: {may_take}, and the next is due {period} later: {consequence}", task.name));
    lines
}

/// How long a run may take at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Longest {
    /// One attempt alone, or the whole run if there is only one.
    Attempt(Duration),
    /// With all attempts and the waits between them.
    Run(Duration),
    Unlimited,
}

impl Longest {
    pub(super) fn of(task: &Planned) -> Self {
        let attempt = longest_attempt(task);
        let grace = if task.listens { task.grace } else { Duration::ZERO };
        let deadline = task.deadline.map(|deadline| deadline.saturating_add(grace));
        let run = match (attempt, task.retry.max) {
            (Some(attempt), MaxRetries::Limited(0)) => {
                return Self::Attempt(deadline.map_or(attempt, |deadline| deadline.min(attempt)));
            }
            (Some(attempt), MaxRetries::Limited(retries)) => {
                Some(attempt.saturating_mul(retries.saturating_add(1)).saturating_add(waits(task, retries)))
            }
            (_, MaxRetries::Unlimited) | (None, _) => None,
        };
        match (run, deadline) {
            (Some(run), Some(deadline)) => Self::Run(run.min(deadline)),
            (Some(length), None) | (None, Some(length)) => Self::Run(length),
            (None, None) => Self::Unlimited,
        }
    }
}

/// The limit of one attempt, its grace included.
pub(super) fn longest_attempt(task: &Planned) -> Option<Duration> {
    let grace = if task.listens { task.grace } else { Duration::ZERO };
    let timeout = task.timeout.map(|timeout| timeout.saturating_add(grace));
    let boxed = task.stop_after.map(|boxed| boxed.saturating_add(grace));
    timeout.into_iter().chain(boxed).min()
}

/// The longest waits between the attempts, together.
fn waits(task: &Planned, retries: u32) -> Duration {
    const LOOKED_AT: u32 = 10_000;
    let backoff = &task.retry.backoff;
    let (mut wait, mut all) = (backoff.delay, Duration::ZERO);
    for made in 0..retries {
        if wait >= backoff.max_delay || backoff.factor <= 1.0 || made == LOOKED_AT {
            // It grows no more, or so slowly that nobody asks.
            return all.saturating_add(wait.min(backoff.max_delay).saturating_mul(retries - made));
        }
        all = all.saturating_add(wait);
        wait = Duration::try_from_secs_f64(wait.as_secs_f64() * backoff.factor).unwrap_or(Duration::MAX);
    }
    all
}
