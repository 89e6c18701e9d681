//! What an observer sees of a running program.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
#[cfg(feature = "testing")]
use tasks_core::BodyKind;
use tasks_core::{Progress, RunId, Trigger};

use super::{Core, Living, State, services::ServiceInfo};
use crate::{clock::Now, list::IntoList as _, plan::TaskIndex, result::RunResult, results::Counts, sort};

/// A task of a running program.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TaskInfo {
    /// The name.
    pub name: Arc<str>,
    /// The first paragraph of the function's documentation.
    pub description: String,
    /// Why it is disabled; `None` if it is enabled.
    pub disabled: Option<String>,
    /// It was added to the running program, and leaves it again.
    pub added: bool,
    /// Its schedule in words, such as `every 5m`; `None` if it has none.
    pub schedule: Option<String>,
    /// The next due instant, if its schedule has one and knows it.
    pub next: Option<Timestamp>,
    /// Its pause, if its firings are skipped now. Its next instant is shown all
    /// the same.
    pub paused: Option<PauseInfo>,
    /// Its runs that have started and are not over, those between two attempts included.
    pub running: u32,
    /// Its runs that wait for a place in their pool.
    pub waiting: u32,
    /// Its runs that ask for admission later.
    pub delayed: u32,
    /// Its last result.
    pub last_result: Option<RunResult>,
    /// When a run last succeeded.
    pub last_success: Option<Timestamp>,
    /// How its runs ended and why instants were skipped, since the start.
    pub counts: Counts,
    /// How it fares, if it is a service.
    pub service: Option<ServiceInfo>,
}

/// Why the firings of a task are skipped, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PauseInfo {
    /// What whoever paused it said.
    pub note: Arc<str>,
    /// When it was paused.
    pub since: Timestamp,
    /// When it ends by itself; `None` if somebody has to resume the task.
    pub until: Option<Timestamp>,
}

/// A run that is not over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunInfo {
    /// The name of the task.
    pub task: Arc<str>,
    /// The id of the run.
    pub run: RunId,
    /// Why it exists.
    pub trigger: Trigger,
    /// The due instant of a scheduled run.
    pub scheduled_at: Option<Timestamp>,
    /// The first poll of its first attempt; `None` while it waits for that.
    pub started_at: Option<Timestamp>,
    /// How long ago it started, or was wanted if it has not started.
    pub age: Duration,
    /// What it does now.
    pub phase: RunPhase,
    /// How long until it asks for admission; `None` unless it is delayed.
    pub starts_in: Option<Duration>,
    /// How far it has come, as its body said last by
    /// [`Context::progress`](tasks_core::Context::progress).
    pub progress: Option<Progress>,
    /// It is past its limit and grace, and its thread has not come back.
    pub stuck: bool,
}

/// What a run that is not over does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RunPhase {
    /// It asks for admission later, as [`Handle::spawn_after`](crate::Handle::spawn_after) was told to.
    Delayed,
    /// It waits for its turn, or for a place in its pool.
    Waiting,
    /// An attempt is under way.
    Running,
    /// It waits for its next attempt.
    Retrying,
}

impl Core {
    pub(crate) fn task_infos(&self, now: Now) -> Vec<TaskInfo> {
        self.by_name().into_iter().map(|index| self.task_info(index, now)).into_list()
    }

    pub(super) fn task_info(&self, index: TaskIndex, now: Now) -> TaskInfo {
        let task = &self.plan.tasks[index.0 as usize];
        let (running, waiting) = self.admission.counts(index);
        TaskInfo {
            name: Arc::clone(&task.name),
            description: task.description().to_owned(),
            disabled: task.disabled.clone(),
            added: self.is_added(index),
            schedule: self.schedule_of(index).map(ToString::to_string),
            next: self.next_of(index, now),
            paused: self.pauses.info(index, now),
            running,
            waiting,
            delayed: self.admission.delayed(index),
            last_result: self.results.last(index, &task.name),
            last_success: self.results.last_success(index),
            counts: self.results.counts(index),
            service: self.services.info(index, task),
        }
    }

    /// The next due instant of a task, jitter left out.
    pub(crate) fn next_of(&self, index: TaskIndex, now: Now) -> Option<Timestamp> {
        self.scheduler.next_of(index, now)
    }

    pub(crate) fn run_infos(&self, now: Now) -> Vec<RunInfo> {
        let mut runs: Vec<_> = self.runs.values().map(|living| Self::run_info(living, now)).into_list();
        sort::by_key(&mut runs, |run| run.run);
        runs
    }

    pub(super) fn run_info(living: &Living, now: Now) -> RunInfo {
        let cell = &living.cell;
        RunInfo {
            task: Arc::clone(cell.task()),
            run: cell.id(),
            trigger: cell.trigger(),
            scheduled_at: cell.scheduled_at(),
            started_at: cell.started().map(|(_, wall)| wall),
            age: living.age(now),
            phase: match living.state {
                State::Delayed => RunPhase::Delayed,
                State::Waiting => RunPhase::Waiting,
                State::Running => RunPhase::Running,
                State::Retrying { .. } => RunPhase::Retrying,
            },
            progress: living.cell.progress(),
            starts_in: match living.state {
                State::Delayed => Some(living.asks().since(now.mono)),
                _ => None,
            },
            stuck: living.stuck,
        }
    }

    /// A run whose closure is on its thread, or is back and was not polled since.
    #[cfg(feature = "testing")]
    pub(crate) fn on_thread(&self) -> Option<(Arc<str>, RunId)> {
        let is_on_thread = |living: &Living| {
            let body = self.plan.tasks[living.task.0 as usize].body;
            let is_back = living.cell.returned().is_some();
            living.cell.threads() > 0
                || body == BodyKind::Blocking
                    && matches!(living.state, State::Running)
                    && is_back
                    && living.cell.children() == 0
        };
        let run = self.runs.values().find(|living| is_on_thread(living))?;
        Some((Arc::clone(run.cell.task()), run.cell.id()))
    }

    pub(crate) fn previous_success(&self, run: RunId) -> Option<Timestamp> {
        self.results.last_success(self.runs.get(&run)?.task)
    }

    pub(crate) fn results(&self) -> Vec<RunResult> {
        self.results.all(|index| self.name_of(index))
    }
}
