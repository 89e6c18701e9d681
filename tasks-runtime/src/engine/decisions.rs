//! The decision log: why each firing ran, ran late, waited or was skipped.
//!
//! Written in the engine as it decides, as plain data; words are made of it
//! only when somebody asks (`handle/why.rs`).

mod kept;

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use tasks_core::{Outcome, RunId, Trigger, policy::MaxRetries};

use self::kept::Kept;
use super::{Core, Living};
use crate::{
    admission::{Refusal, Wait},
    clock::{Now, wall_since},
    event::SkipReason,
    plan::{Planned, TaskIndex},
    recent::Recent,
};

/// Decisions that are kept of each task.
pub(super) const PER_TASK: u32 = 32;
/// Decisions that are kept in all.
pub(super) const IN_ALL: usize = 32_768;

/// A run that starts no later than this after its instant is on time: no timer
/// is finer than a millisecond, and a busy machine adds to it.
const ON_TIME: Duration = Duration::from_millis(10);

/// What the program decided about one firing or run of a task, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// When it was decided, by the wall clock.
    pub at: Timestamp,
    /// What.
    pub kind: DecisionKind,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecisionKind {
    /// A run was let in: it starts as soon as a worker is free.
    #[non_exhaustive]
    Started {
        /// The run.
        run: RunId,
        /// Why it exists.
        trigger: Trigger,
        /// The due instant of a scheduled run.
        scheduled_at: Option<Timestamp>,
        /// How late it is and why; `None` if it is on time, to 10 ms.
        late: Option<Late>,
    },
    /// A run may not start yet.
    #[non_exhaustive]
    Waits {
        /// The run.
        run: RunId,
        /// Why it exists.
        trigger: Trigger,
        /// The due instant of a scheduled run.
        scheduled_at: Option<Timestamp>,
        /// For what.
        wait: Wait,
        /// How many runs waited for the same already.
        others: u32,
    },
    /// A run is to ask for admission later, as whoever spawned it said.
    #[non_exhaustive]
    Delayed {
        /// The run.
        run: RunId,
        /// How much later.
        delay: Duration,
    },
    /// A run that waited never started.
    #[non_exhaustive]
    Withdrawn {
        /// The run.
        run: RunId,
        /// `cancelled` or `interrupted`; `failed` if it was refused after its delay.
        outcome: Outcome,
    },
    /// Due instants became no run.
    #[non_exhaustive]
    Skipped {
        /// Why.
        reason: SkipReason,
        /// How many instants.
        count: u64,
        /// The first of them.
        first: Timestamp,
        /// The last of them.
        last: Timestamp,
        /// The run that was in the way, if one was.
        behind: Option<RunId>,
    },
    /// A run that somebody asked for was refused.
    #[non_exhaustive]
    Refused {
        /// Who asked.
        trigger: Trigger,
        /// Why: `overlap` or `capacity`.
        reason: SkipReason,
        /// The run that was in the way, if one was.
        behind: Option<RunId>,
    },
    /// An attempt failed, and the run waits for its next one.
    #[non_exhaustive]
    Retries {
        /// The run.
        run: RunId,
        /// The attempt to come, counted from 1.
        attempt: u32,
        /// The last attempt that it may have; `None` if there is no end.
        of: Option<u32>,
        /// How long it waits.
        delay: Duration,
    },
    /// A service is started again.
    #[non_exhaustive]
    Restarts {
        /// How long it waits.
        delay: Duration,
        /// It was restarted too often, and waits as long as it ever does.
        degraded: bool,
    },
    /// It is not started, because a task that it is `after` did not become ready.
    #[non_exhaustive]
    Blocked {
        /// That task.
        dependency: Arc<str>,
    },
    /// Its firings are skipped from here on.
    #[non_exhaustive]
    Paused {
        /// What whoever paused it said.
        note: Arc<str>,
        /// When it ends by itself.
        until: Option<Timestamp>,
    },
    /// Its firings run again.
    #[non_exhaustive]
    Resumed {
        /// Somebody resumed it; else its time was over.
        asked: bool,
    },
    /// It was given another schedule.
    #[non_exhaustive]
    Rescheduled {
        /// In words.
        schedule: Arc<str>,
    },
}

/// How late a run started, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Late {
    /// Since the due instant; without one, since it was asked for.
    pub by: Duration,
    /// Why.
    pub why: LateReason,
}

/// Why a run started late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LateReason {
    /// It had to wait: a decision before this one says for what.
    Waited,
    /// Its `jitter`.
    Jitter,
    /// The program could not serve it before: the process or the machine was
    /// stopped or busy, the clock was set, or it was made up for.
    Unserved,
}

/// What is written down, and what it takes to write it.
#[derive(Debug)]
pub(super) struct Decisions {
    kept: Recent<Kept>,
    /// The run of each task that another would meet; 0 is none.
    in_the_way: Vec<u64>,
    /// The dependency for which a task is blocked.
    blocked: HashMap<TaskIndex, TaskIndex>,
}

impl Decisions {
    pub(super) fn new() -> Self {
        Self { kept: Recent::new(PER_TASK, IN_ALL), in_the_way: Vec::new(), blocked: HashMap::new() }
    }

    pub(super) fn of(&self, task: TaskIndex) -> Vec<Decision> {
        self.kept.of(task).map(Kept::whole).collect()
    }

    pub(super) fn blocked_by(&self, task: TaskIndex) -> Option<TaskIndex> {
        self.blocked.get(&task).copied()
    }

    /// A task has left, and nobody can ask any more.
    pub(super) fn forget(&mut self, task: TaskIndex) {
        self.kept.forget(task, |_| {});
        self.unblock(task);
        if let Some(run) = self.in_the_way.get_mut(task.0 as usize) {
            *run = 0;
        }
    }

    /// What kept it from starting is gone.
    pub(super) fn unblock(&mut self, task: TaskIndex) {
        self.blocked.remove(&task);
    }

    fn is_in_the_way(&mut self, task: TaskIndex, run: RunId) {
        let index = task.0 as usize;
        if self.in_the_way.len() <= index {
            self.in_the_way.resize(index + 1, 0);
        }
        self.in_the_way[index] = run.get();
    }
}

impl Core {
    pub(super) fn note(&mut self, index: TaskIndex, kind: DecisionKind, now: Now) {
        self.decisions.kept.push(index, Kept::of(now.wall, kind));
    }

    /// The run that another one of the task would meet, if it still lives.
    fn behind(&self, index: TaskIndex) -> Option<RunId> {
        let run = RunId::new(*self.decisions.in_the_way.get(index.0 as usize)?);
        self.runs.contains_key(&run).then_some(run)
    }

    /// A run was let in, after it had waited or not.
    pub(super) fn note_start(&mut self, run: RunId, waited: bool, now: Now) {
        let Some(living) = self.runs.get(&run) else { return };
        let index = living.task;
        let (trigger, scheduled_at) = facts(living);
        let since_asked = now.mono.since(living.asks());
        let by = scheduled_at.map_or(since_asked, |at| wall_since(now.wall, at).max(since_asked));
        let schedule = self.schedule_of(index);
        let jitter = schedule.map_or(Duration::ZERO, |schedule| schedule.jitter);
        let why = match () {
            () if waited => LateReason::Waited,
            () if by <= jitter.saturating_add(ON_TIME) => LateReason::Jitter,
            () => LateReason::Unserved,
        };
        let late = (by > ON_TIME).then_some(Late { by, why });
        self.decisions.is_in_the_way(index, run);
        self.note(index, DecisionKind::Started { run, trigger, scheduled_at, late }, now);
    }

    /// A run was not let in yet.
    pub(super) fn note_wait(&mut self, run: RunId, now: Now) {
        let Some(living) = self.runs.get(&run) else { return };
        let index = living.task;
        let (trigger, scheduled_at) = facts(living);
        let task = &self.plan.tasks[index.0 as usize];
        let (wait, others) = self.admission.newest_wait(index, task, run);
        if self.behind(index).is_none() {
            self.decisions.is_in_the_way(index, run);
        }
        self.note(index, DecisionKind::Waits { run, trigger, scheduled_at, wait, others }, now);
    }

    /// Somebody other than a schedule, whose skips are noted as such, asked for
    /// a run in vain.
    pub(super) fn note_refusal(&mut self, index: TaskIndex, trigger: Trigger, refusal: Refusal, now: Now) {
        let (reason, behind) = match refusal {
            Refusal::Overlap => (SkipReason::Overlap, self.behind(index)),
            Refusal::Capacity => (SkipReason::Capacity, None),
            // Of these the task's own state speaks.
            Refusal::Shutdown | Refusal::Disabled => return,
        };
        if trigger != Trigger::Schedule {
            self.note(index, DecisionKind::Refused { trigger, reason, behind }, now);
        }
    }

    pub(super) fn note_skip(
        &mut self,
        index: TaskIndex,
        reason: SkipReason,
        (count, first, last): (u64, Timestamp, Timestamp),
        now: Now,
    ) {
        let behind = (reason == SkipReason::Overlap).then(|| self.behind(index)).flatten();
        self.note(index, DecisionKind::Skipped { reason, count, first, last, behind }, now);
    }

    pub(super) fn note_retry(
        &mut self,
        index: TaskIndex,
        run: RunId,
        attempt: u32,
        delay: Duration,
        now: Now,
    ) {
        let of = most_attempts(&self.plan.tasks[index.0 as usize]);
        self.note(index, DecisionKind::Retries { run, attempt, of, delay }, now);
    }

    pub(super) fn note_blocked(&mut self, index: TaskIndex, dependency: TaskIndex, now: Now) {
        self.decisions.blocked.insert(index, dependency);
        let dependency = self.name_of(dependency);
        self.note(index, DecisionKind::Blocked { dependency }, now);
    }
}

fn facts(living: &Living) -> (Trigger, Option<Timestamp>) {
    (living.cell.trigger(), living.cell.scheduled_at())
}

/// The last attempt that a run may have.
pub(super) fn most_attempts(task: &Planned) -> Option<u32> {
    match task.retry.max {
        MaxRetries::Limited(max) => Some(max.saturating_add(1)),
        MaxRetries::Unlimited => None,
    }
}
