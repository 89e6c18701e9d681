//! The record of a finished run.

use std::{
    any::Any,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use jiff::Timestamp;
use tasks_core::{__private::RunCell, Outcome, RunId, Trigger};

/// The record of a finished run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunResult {
    /// The name of the task.
    pub task: Arc<str>,
    /// The id of the run.
    pub run: RunId,
    /// Why it existed.
    pub trigger: Trigger,
    /// How it ended: the outcome of its last attempt.
    pub outcome: Outcome,
    /// The error and its causes in one line, or the panic's message and place;
    /// control characters escaped, cut at 4 KiB.
    pub error: Option<Arc<str>>,
    /// How many attempts were begun.
    pub attempts: u32,
    /// The due instant of a scheduled run.
    pub scheduled_at: Option<Timestamp>,
    /// The first poll of the first attempt; none if it never started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Timestamp,
    /// From `started_at` to `ended_at`, waits included; zero if it never started.
    pub duration: Duration,
    /// It blocked its thread and came back only after its limit and grace.
    pub late: bool,
    /// A service under `restart = "on-failure"` that returned `Ok` before the
    /// shutdown: it is not started again.
    pub early: bool,
}

/// Waits for the end of a run. The run leaves its record and its value in its
/// own cell, so nothing is made for this but what is awaited indeed.
#[derive(Debug)]
pub(crate) struct Awaited {
    cell: Arc<RunCell>,
}

impl Awaited {
    /// The run must not have started yet.
    pub(crate) fn new(cell: Arc<RunCell>) -> Self {
        cell.expect_awaiter();
        Self { cell }
    }

    pub(crate) fn run(&self) -> RunId {
        self.cell.id()
    }
}

impl Future for Awaited {
    /// The record, unless the program was gone first, and the value if the body gave one.
    type Output = (Option<Box<RunResult>>, Option<Box<dyn Any + Send>>);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.cell
            .poll_end(cx)
            .map(|(record, value)| (record.and_then(|record| record.downcast().ok()), value))
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.cell.nobody_awaits();
    }
}
