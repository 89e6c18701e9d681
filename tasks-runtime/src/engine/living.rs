//! A run that is not over.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tasks_core::__private::RunCell;
use tokio::sync::oneshot;

use crate::{
    clock::{Mono, Now},
    plan::TaskIndex,
    result::RunResult,
    run::AttemptEnd,
    scheduler::Era,
};

/// Where a run stands.
#[derive(Debug)]
pub(crate) enum State {
    /// It asks for admission at this moment.
    Delayed { until: Mono },
    /// It waits for a place before its first attempt.
    Waiting,
    /// An attempt is under way.
    Running,
    /// It waits between two attempts; `queued` once only its place is missing.
    Retrying { queued: bool },
}

/// A run that is not over.
#[derive(Debug)]
pub(crate) struct Living {
    pub(crate) task: TaskIndex,
    pub(crate) cell: Arc<RunCell>,
    pub(crate) state: State,
    /// The error and the number of the attempt that failed last.
    pub(crate) last: (Option<String>, u32),
    pub(crate) wanted: Now,
    /// When it asked for admission.
    pub(crate) asked: Mono,
    /// When its next attempt is due, while it waits for that.
    pub(crate) next_attempt: Timestamp,
    /// When its latest attempt after the first was let in.
    pub(crate) resumed: Option<Mono>,
    pub(crate) waiter: Option<oneshot::Sender<RunResult>>,
    /// The schedule of its task when it was wanted.
    pub(crate) era: Era,
    /// The schedule already counts it as ended.
    pub(crate) served: bool,
    pub(crate) stuck: bool,
    /// When it was first reported as stuck, and how long after that again.
    told_stuck: Option<(Mono, Duration)>,
    /// Shutdown said to it what it had to say.
    pub(crate) told_to_stop: bool,
    /// It had not asked to be dropped, and is.
    pub(crate) cut: bool,
}

impl Living {
    pub(crate) fn new(
        task: TaskIndex,
        cell: Arc<RunCell>,
        state: State,
        wanted: Now,
        waiter: Option<oneshot::Sender<RunResult>>,
    ) -> Self {
        Self {
            task,
            cell,
            state,
            last: (None, 0),
            wanted,
            asked: wanted.mono,
            next_attempt: wanted.wall,
            resumed: None,
            waiter,
            era: Era::default(),
            served: false,
            stuck: false,
            told_stuck: None,
            told_to_stop: false,
            cut: false,
        }
    }

    /// How long it has been running; how long it has been wanted if it has not started.
    pub(crate) fn age(&self, now: Now) -> Duration {
        let since = self.cell.started().map_or(self.wanted.mono, |(mono, _)| Mono(mono));
        now.mono.since(since)
    }

    /// Since when an attempt of it is under way, if one is.
    pub(crate) fn lives_since(&self) -> Option<Mono> {
        let (started, _) = self.cell.started().filter(|_| matches!(self.state, State::Running))?;
        Some(self.resumed.map_or(Mono(started), |resumed| resumed.max(Mono(started))))
    }

    /// Reports of a stuck run come at once, then after 1, 2, 4 … minutes.
    pub(crate) fn is_time_to_tell(&mut self, now: Mono) -> bool {
        let next = match self.told_stuck {
            None => (now, Duration::from_secs(60)),
            Some((first, after)) if now.since(first) >= after => (first, after.saturating_mul(2)),
            Some(_) => return false,
        };
        self.told_stuck = Some(next);
        true
    }

    pub(crate) fn result(&self, end: AttemptEnd, attempts: u32, early: bool, now: Now) -> RunResult {
        let facts = self.cell.facts();
        let started = self.cell.started();
        RunResult {
            task: Arc::clone(&facts.task),
            run: facts.id,
            trigger: facts.trigger,
            outcome: end.outcome,
            error: end.error.map(Arc::from),
            attempts,
            scheduled_at: facts.scheduled_at,
            started_at: started.map(|(_, wall)| wall),
            ended_at: now.wall,
            duration: started.map_or(Duration::ZERO, |(mono, _)| now.mono.since(Mono(mono))),
            late: end.late,
            early,
        }
    }
}
