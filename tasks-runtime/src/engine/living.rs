//! A run that is not over.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tasks_core::{__private::RunCell, RunId};

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
    Delayed,
    /// It waits for a place before its first attempt.
    Waiting,
    /// An attempt is under way.
    Running,
    /// It waits between two attempts; `queued` once only its place is missing.
    Retrying { queued: bool },
}

/// A run that is not over. There may be a million of them, so what few of them
/// have is in a box.
#[derive(Debug)]
pub(crate) struct Living {
    pub(crate) cell: Arc<RunCell>,
    /// When it was wanted.
    wanted: Mono,
    /// When it asked to be looked at again.
    pub(super) alarm: Mono,
    rare: Option<Box<Rare>>,
    pub(crate) task: TaskIndex,
    /// The schedule of its task when it was wanted.
    pub(crate) era: Era,
    pub(crate) state: State,
    /// The schedule already counts it as ended.
    pub(crate) served: bool,
    pub(crate) stuck: bool,
    pub(super) told: Told,
}

// Eight bytes more are eight more for each run that lives.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Living>() <= 48);

/// What a shutdown has said to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Nothing,
    /// What it had to say.
    ToStop,
    /// That it is dropped, and it had not asked for that.
    Cut,
}

/// What runs have that were delayed, tried again or are stuck.
#[derive(Debug, Default)]
struct Rare {
    /// The error and the number of the attempt that failed last.
    last: (Option<String>, u32),
    /// When its next attempt is due, while it waits for that.
    next_attempt: Option<Timestamp>,
    /// When its latest attempt after the first was let in.
    resumed: Option<Mono>,
    /// When one that was delayed asks for admission, or asked for it.
    asks: Option<Mono>,
    /// When it was first reported as stuck, and how long after that again.
    told_stuck: Option<(Mono, Duration)>,
}

impl Living {
    pub(crate) fn new(task: TaskIndex, cell: Arc<RunCell>, state: State, wanted: Mono) -> Self {
        Self {
            cell,
            wanted,
            alarm: Mono::NEVER,
            rare: None,
            task,
            era: Era::default(),
            state,
            served: false,
            stuck: false,
            told: Told::Nothing,
        }
    }

    pub(crate) fn id(&self) -> RunId {
        self.cell.id()
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// When it asks for admission, or did.
    pub(crate) fn asks(&self) -> Mono {
        self.rare.as_ref().and_then(|rare| rare.asks).unwrap_or(self.wanted)
    }

    pub(crate) fn set_asks(&mut self, at: Mono) {
        self.rare().asks = Some(at);
    }

    /// The error and the number of the attempt that failed last.
    pub(crate) fn last(&self) -> (Option<String>, u32) {
        self.rare.as_ref().map(|rare| rare.last.clone()).unwrap_or_default()
    }

    /// When its next attempt is due, while it waits for that.
    pub(crate) fn next_attempt(&self) -> Option<Timestamp> {
        self.rare.as_ref()?.next_attempt
    }

    /// An attempt failed, and another one is due at that moment.
    pub(crate) fn failed(&mut self, error: Option<String>, attempt: u32, next: Timestamp) {
        let rare = self.rare();
        rare.last = (error, attempt);
        rare.next_attempt = Some(next);
    }

    /// An attempt after the first was let in.
    pub(crate) fn resumes(&mut self, at: Mono) {
        self.rare().resumed = Some(at);
    }

    /// How long it has been running; how long it has been wanted if it has not started.
    pub(crate) fn age(&self, now: Now) -> Duration {
        let since = self.cell.started_mono().map_or(self.wanted, Mono);
        now.mono.since(since)
    }

    /// Since when an attempt of it is under way, if one is.
    pub(crate) fn lives_since(&self) -> Option<Mono> {
        let started = self.cell.started_mono().filter(|_| matches!(self.state, State::Running))?;
        let resumed = self.rare.as_ref().and_then(|rare| rare.resumed);
        Some(resumed.map_or(Mono(started), |resumed| resumed.max(Mono(started))))
    }

    /// Reports of a stuck run come at once, then after 1, 2, 4 … minutes.
    pub(crate) fn is_time_to_tell(&mut self, now: Mono) -> bool {
        let told = self.rare.as_ref().and_then(|rare| rare.told_stuck);
        let next = match told {
            None => (now, Duration::from_secs(60)),
            Some((first, after)) if now.since(first) >= after => (first, after.saturating_mul(2)),
            Some(_) => return false,
        };
        self.rare().told_stuck = Some(next);
        true
    }

    pub(crate) fn result(&self, end: AttemptEnd, attempts: u32, early: bool, now: Now) -> RunResult {
        let started = self.cell.started();
        RunResult {
            task: Arc::clone(self.cell.task()),
            run: self.cell.id(),
            trigger: self.cell.trigger(),
            outcome: end.outcome,
            error: end.error.map(Arc::from),
            attempts,
            scheduled_at: self.cell.scheduled_at(),
            started_at: started.map(|(_, wall)| wall),
            ended_at: now.wall,
            duration: started.map_or(Duration::ZERO, |(mono, _)| now.mono.since(Mono(mono))),
            late: end.late,
            early,
        }
    }
}
