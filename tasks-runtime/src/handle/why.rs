//! Why a task does what it does, for whoever is on call.

mod words;

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use tasks_core::policy::Overlap;

use super::{Handle, Reason, index_of};
use crate::{
    admission::Wait,
    engine::{
        decisions::Decision,
        snapshot::{RunInfo, TaskInfo},
    },
};

impl Handle {
    /// Explains a task: what it does now, what it waits for, and the last 32
    /// decisions about its firings and runs.
    ///
    /// The answer is data, and as text it is what somebody on call wants to read:
    /// print it with `{}`.
    ///
    /// Of all tasks together the last 32,768 decisions are kept.
    ///
    /// # Errors
    ///
    /// Fails if there is no such task, with the nearest name.
    ///
    /// # Examples
    ///
    /// ```
    /// use tasks_runtime::{Handle, task};
    ///
    /// #[task]
    /// async fn explain(handle: Handle) -> anyhow::Result<()> {
    ///     eprintln!("{}", handle.why("prune_sessions")?);
    ///     Ok(())
    /// }
    /// ```
    pub fn why(&self, task: &str) -> Result<Why, UnknownTask> {
        self.shared.with(|core, now| Ok(core.why(index_of(core, task)?, now)))
    }
}

/// Why a task does what it does. Its text has a line for each thing, then the
/// decisions, the newest last.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Why {
    /// When it was asked.
    pub at: Timestamp,
    /// The task: whether it is enabled or paused, when it is due, how it fares.
    pub task: TaskInfo,
    /// What happens when another run is wanted while one goes on.
    pub overlap: Overlap,
    /// It has a schedule or starts with the program; else somebody has to ask for it.
    pub starts_by_itself: bool,
    /// The program is shutting down: nothing is started any more.
    pub stopping: bool,
    /// The tasks it is `after` that are not ready yet.
    pub waits_for: Vec<Arc<str>>,
    /// A task it is `after` that will not become ready.
    pub blocked_by: Option<Arc<str>>,
    /// Its pool.
    pub pool: Option<PoolInfo>,
    /// Its living runs, the oldest first, 16 at most.
    pub runs: Vec<WhyRun>,
    /// How many more are living.
    pub more_runs: usize,
    /// The last decisions about it, the newest last.
    pub decisions: Vec<Decision>,
}

/// A pool of a running program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolInfo {
    /// The name.
    pub name: Arc<str>,
    /// How many runs it lets go on at once.
    pub size: u32,
    /// How many do.
    pub used: u32,
    /// How many wait for a place.
    pub waiting: u32,
}

/// A living run, and what it waits for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WhyRun {
    /// The run.
    pub run: RunInfo,
    /// The attempt that is or was under way, counted from 1; 0 before the first.
    pub attempt: u32,
    /// The last attempt that it may have; `None` if there is no end.
    pub of: Option<u32>,
    /// What it waits for, if it waits.
    pub wait: Option<RunWait>,
    /// The error of its last attempt, if one failed.
    pub last_error: Option<String>,
}

/// What a living run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunWait {
    /// To be let in.
    #[non_exhaustive]
    Admission {
        /// For what.
        wait: Wait,
        /// How many runs come before it, as things are now.
        ahead: u32,
    },
    /// Its moment, before which it does not ask to be let in.
    #[non_exhaustive]
    Delay {
        /// When that is.
        at: Timestamp,
    },
    /// The moment of its next attempt.
    #[non_exhaustive]
    Attempt {
        /// That attempt, counted from 1.
        attempt: u32,
        /// When it is due.
        at: Timestamp,
    },
    /// It was let in, and no worker of Tokio has come to it yet.
    Worker,
}

/// There is no task of this name.
pub struct UnknownTask(String);

impl From<Reason> for UnknownTask {
    /// Looking for a name fails in one way only.
    fn from(reason: Reason) -> Self {
        Self(match reason {
            Reason::Unknown(complaint) => complaint,
            other => format!("{other:?}"),
        })
    }
}

impl fmt::Display for UnknownTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UnknownTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnknownTask").field(&self.0).finish()
    }
}

impl std::error::Error for UnknownTask {}
