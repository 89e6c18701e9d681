//! How a program ended.

use std::{sync::Arc, time::Duration};

use tasks_core::{Outcome, RunId};

/// A run that shutdown had to cut.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Cut {
    /// The name of the task.
    pub task: Arc<str>,
    /// The id of the run.
    pub run: RunId,
    /// How long it had been running.
    pub age: Duration,
    /// How long it had been inside one poll, if it was in one.
    pub in_poll: Option<Duration>,
    /// `interrupted` if its future was dropped, `abandoned` if its thread never came back.
    pub outcome: Outcome,
}
