//! Which values hold by default, because nobody wrote them.

use tasks_core::policy::Schedule;

use crate::{list::IntoList as _, plan::Planned};

/// The options that a task has and that its definition leaves out, in the
/// order of the documentation.
pub(super) fn implicit(task: &Planned) -> Vec<&'static str> {
    let written = task.written();
    let retry = written.retry.unwrap_or_default();
    let restart = written.restart.unwrap_or_default();
    let scheduled = written.schedule.is_some();
    let is_cron = matches!(written.schedule, Some(Schedule::Cron(_)));
    let is_every = matches!(written.schedule, Some(Schedule::Every(_)));
    let is_interval = matches!(written.schedule, Some(Schedule::Every(_) | Schedule::Delay(_)));
    // The parts of a retry or a restart that is off mean nothing.
    let retries = retry.max.is_some();
    let restarts = task.is_service();
    let options = [
        ("timezone", is_cron && written.timezone.is_none()),
        ("initial_delay", is_interval && written.initial_delay.is_none()),
        ("align", is_every && written.align.is_none()),
        ("on_start", scheduled && written.on_start.is_none()),
        ("jitter", scheduled && written.jitter.is_none()),
        ("spread", scheduled && written.spread.is_none()),
        ("misfire", scheduled && written.misfire.is_none()),
        ("start", !scheduled && written.start.is_none()),
        ("tags", written.tags.is_none()),
        ("timeout", written.timeout.is_none()),
        ("stop_after", written.stop_after.is_none()),
        ("deadline", written.deadline.is_none()),
        ("grace", written.grace.is_none()),
        ("retry", retry.max.is_none()),
        ("retry.delay", retries && retry.delay.is_none()),
        ("retry.factor", retries && retry.factor.is_none()),
        ("retry.max_delay", retries && retry.max_delay.is_none()),
        ("retry.jitter", retries && retry.jitter.is_none()),
        ("retry.panics", retries && retry.panics.is_none()),
        ("restart", !scheduled && restart.policy.is_none()),
        ("restart.delay", restarts && restart.delay.is_none()),
        ("restart.factor", restarts && restart.factor.is_none()),
        ("restart.max_delay", restarts && restart.max_delay.is_none()),
        ("restart.jitter", restarts && restart.jitter.is_none()),
        ("restart.max", restarts && restart.max.is_none()),
        ("restart.within", restarts && restart.within.is_none()),
        ("priority", written.priority.is_none()),
        ("pool", written.pool.is_none()),
        ("max_running", written.max_running.is_none()),
        ("overlap", written.overlap.is_none()),
        ("essential", written.essential.is_none()),
        ("after", written.after.is_none()),
        ("on_shutdown", written.on_shutdown.is_none()),
        ("stop_within", written.stop_within.is_none()),
        ("enabled", written.enabled.is_none()),
    ];
    options.into_iter().filter(|(_, implicit)| *implicit).map(|(option, _)| option).into_list()
}

/// The same as bare facts for the columns of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    pub(super) timeout: bool,
    pub(super) retries: bool,
    pub(super) overlap: bool,
    pub(super) priority: bool,
}

impl Marks {
    pub(super) fn of(task: &Planned) -> Self {
        let written = task.written();
        Self {
            timeout: task.timeout_is_implicit || written.timeout.is_none(),
            retries: written.retry.and_then(|retry| retry.max).is_none(),
            overlap: written.overlap.is_none(),
            priority: written.priority.is_none(),
        }
    }
}
