//! What is in force where nothing was written.

use std::time::Duration;

use tasks_core::{
    BodyKind, Needs, Registration,
    policy::{Jitter, OnShutdown, Overlap, Priority, RestartOptions, RestartPolicy, RetryOptions, Start},
};

use super::{
    Backoff, Defaults, Planned, Restart, Retry, options,
    schedule::{self, Zones},
};
use crate::error::Problem;

/// Merges one definition with the defaults. `after` and `pool` need to know
/// the other tasks and are decided later.
pub(super) fn merge(
    registration: &Registration,
    defaults: &Defaults,
    zones: &mut Zones,
    problems: &mut Vec<Problem>,
) -> Planned {
    let task = registration.task();
    let definition = task.definition();
    let written = definition.options;
    let mut needs = Needs::new();
    task.needs(&mut needs);
    options::check(&definition, problems);
    options::check_input(&definition, &needs, problems);

    let scheduled = written.schedule.is_some() || definition.scheduled;
    let implicit_timeout = match definition.body {
        BodyKind::Async if scheduled && written.timeout.is_none() => defaults.scheduled_timeout,
        BodyKind::Async | BodyKind::Blocking => None,
    };
    let restart = restart(
        written.restart.unwrap_or_default(),
        match scheduled {
            // Its schedule starts it again.
            true => Restart { policy: RestartPolicy::Never, ..defaults.restart },
            false => defaults.restart,
        },
    );
    let is_service = restart.policy != RestartPolicy::Never;
    let planned = Planned {
        name: definition.name.into(),
        description: definition.description.to_owned(),
        file: definition.location.file.to_owned(),
        line: definition.location.line,
        crate_name: definition.location.crate_name().to_owned(),
        tags: written.tags.unwrap_or_default().iter().map(|&tag| tag.to_owned()).collect(),
        body: definition.body,
        listens: needs.is_listening(),
        input: needs.__inputs().first().copied(),
        disabled: (written.enabled == Some(false)).then(|| "enabled = false".to_owned()),
        timeout: written.timeout.map_or(implicit_timeout, |limit| limit.duration()),
        timeout_is_implicit: implicit_timeout.is_some(),
        deadline: written.deadline.and_then(|limit| limit.duration()),
        grace: written.grace.unwrap_or(defaults.grace),
        retry: retry(written.retry.unwrap_or_default(), defaults.retry),
        restart,
        priority: written.priority.unwrap_or(Priority::Normal),
        pool: None,
        essential: written.essential.unwrap_or(false),
        on_shutdown: written.on_shutdown.unwrap_or(match needs.is_listening() {
            true => OnShutdown::Cancel,
            // It would never finish.
            false if is_service => OnShutdown::Drop,
            false => OnShutdown::Finish,
        }),
        stop_within: written.stop_within,
        start: written.start.unwrap_or(match needs.__inputs() {
            [] => Start::Boot,
            _ => Start::Manual,
        }),
        after: Vec::new(),
        is_scheduled: scheduled,
        schedule: schedule::plan(&definition, defaults, zones, problems),
        overlap: written.overlap.unwrap_or(match scheduled || is_service {
            true => Overlap::Skip,
            false => Overlap::Allow,
        }),
        max_running: written.max_running,
        stop_after: written.stop_after.and_then(|limit| limit.duration()),
        registration: registration.clone(),
    };
    options::check_stop_after(&planned, problems);
    options::check_service(&planned, problems);
    planned
}

fn retry(written: RetryOptions, default: Retry) -> Retry {
    Retry {
        max: written.max.unwrap_or(default.max),
        backoff: backoff(written.delay, written.factor, written.max_delay, written.jitter, default.backoff),
        panics: written.panics.unwrap_or(default.panics),
    }
}

fn restart(written: RestartOptions, default: Restart) -> Restart {
    Restart {
        policy: written.policy.unwrap_or(default.policy),
        backoff: backoff(written.delay, written.factor, written.max_delay, written.jitter, default.backoff),
        max: written.max.unwrap_or(default.max),
        within: written.within.unwrap_or(default.within),
    }
}

fn backoff(
    delay: Option<Duration>,
    factor: Option<f64>,
    max_delay: Option<Duration>,
    jitter: Option<Jitter>,
    default: Backoff,
) -> Backoff {
    let delay = delay.unwrap_or(default.delay);
    Backoff {
        delay,
        factor: factor.unwrap_or(default.factor),
        // Who writes `retry(delay = "5m")` does not mean the minute that nobody wrote.
        max_delay: max_delay.unwrap_or(default.max_delay.max(delay)),
        jitter: jitter.unwrap_or(default.jitter),
    }
}
