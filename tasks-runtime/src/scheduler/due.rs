//! What a look at the clock found.

use std::{collections::VecDeque, time::Duration};

use jiff::Timestamp;

use crate::{event::SkipReason, plan::TaskIndex};

/// Everything that one look at the clock found.
#[derive(Debug, Default)]
pub(crate) struct Due {
    /// Firings that want to become runs, with their due instants.
    pub(crate) firings: Vec<(TaskIndex, Timestamp)>,
    /// What is made up for, by tasks with `misfire = "all(n)"`.
    pub(crate) missing: Vec<Missing>,
    /// Firings that will not.
    pub(crate) missed: Vec<Missed>,
    /// Tasks planned afresh, because the wall clock was set back by so much.
    pub(crate) stepped: Vec<(TaskIndex, Duration)>,
    /// Tasks whose schedule has no instant left.
    pub(crate) past: Vec<TaskIndex>,
}

impl Due {
    /// The tasks of which there is anything, one several times perhaps.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = TaskIndex> {
        let firings = self.firings.iter().map(|(task, _)| *task);
        let missing = self.missing.iter().map(|missing| missing.task);
        firings
            .chain(missing)
            .chain(self.missed.iter().map(|missed| missed.task))
            .chain(self.past.iter().copied())
    }
}

/// Missed instants of one task that want to become runs after all, each after
/// the end of the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) task: TaskIndex,
    /// The oldest first; never empty.
    pub(crate) at: VecDeque<Timestamp>,
    /// How many may stand in line, with those that do already.
    pub(crate) most: usize,
}

/// Due instants of one task that became no run for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missed {
    pub(crate) task: TaskIndex,
    pub(crate) reason: SkipReason,
    pub(crate) count: u64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}
