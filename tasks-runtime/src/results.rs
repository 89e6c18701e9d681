//! What became of the runs: bounded results, and counters that are never cut.

use jiff::Timestamp;
use tasks_core::Outcome;

use crate::{event::SkipReason, plan::TaskIndex, recent::Recent, result::RunResult, table::Table};

/// Results that are kept of each task.
pub(crate) const PER_TASK: u32 = 100;
/// Results that are kept in all.
pub(crate) const IN_ALL: usize = 10_000;

/// How often each end came about, for one task. Never cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    outcomes: [u64; Outcome::ALL.len()],
    skips: [u64; SkipReason::ALL.len()],
}

impl Counts {
    /// Returns how many runs ended in this way.
    pub fn runs(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome as usize]
    }

    /// Returns how many due instants became no run for this reason.
    pub fn skips(&self, reason: SkipReason) -> u64 {
        self.skips[reason as usize]
    }

    /// Returns how many runs ended.
    pub fn total(&self) -> u64 {
        self.outcomes.iter().sum()
    }
}

/// The results of every task.
#[derive(Debug)]
pub(crate) struct Results {
    /// Those of tasks that had a run or a skip.
    tasks: Table<Option<Box<OfTask>>>,
    /// In the order of their ends.
    kept: Recent<RunResult>,
}

#[derive(Debug, Default)]
struct OfTask {
    counts: Counts,
    last_success: Option<Timestamp>,
}

impl Results {
    pub(crate) fn new() -> Self {
        Self { tasks: Table::default(), kept: Recent::new(PER_TASK, IN_ALL) }
    }

    /// A task has left: its counters go, and its results stay until others
    /// take their places.
    pub(crate) fn forget(&mut self, task: TaskIndex) {
        if let Some(of_task) = self.tasks.get_mut(task) {
            *of_task = None;
        }
        self.kept.forget(task);
    }

    fn of_task(&mut self, task: TaskIndex) -> &mut OfTask {
        self.tasks.at(task).get_or_insert_default()
    }

    pub(crate) fn record(&mut self, task: TaskIndex, result: RunResult) {
        let of_task = self.of_task(task);
        of_task.counts.outcomes[result.outcome as usize] += 1;
        if result.outcome == Outcome::Succeeded {
            of_task.last_success = Some(result.ended_at);
        }
        self.kept.push(task, result);
    }

    pub(crate) fn skipped(&mut self, task: TaskIndex, reason: SkipReason, count: u64) {
        self.of_task(task).counts.skips[reason as usize] += count;
    }

    pub(crate) fn counts(&self, task: TaskIndex) -> Counts {
        self.tasks.get(task).and_then(Option::as_ref).map(|of_task| of_task.counts).unwrap_or_default()
    }

    pub(crate) fn last_success(&self, task: TaskIndex) -> Option<Timestamp> {
        self.tasks.get(task)?.as_ref()?.last_success
    }

    /// The last result of a task.
    pub(crate) fn last(&self, task: TaskIndex) -> Option<RunResult> {
        self.kept.newest_of(task).cloned()
    }

    /// Every kept result, in the order of their ends.
    pub(crate) fn all(&self) -> Vec<RunResult> {
        self.kept.all().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tasks_core::{RunId, Trigger};

    use super::*;

    fn result(run: u64) -> RunResult {
        RunResult {
            task: "t".into(),
            run: RunId::new(run),
            trigger: Trigger::Manual,
            outcome: Outcome::Succeeded,
            error: None,
            attempts: 1,
            scheduled_at: None,
            started_at: None,
            ended_at: Timestamp::UNIX_EPOCH,
            duration: Duration::ZERO,
            late: false,
            early: false,
        }
    }

    fn runs(results: &Results) -> Vec<u64> {
        results.all().iter().map(|result| result.run.get()).collect()
    }

    #[test]
    fn a_task_keeps_its_last_hundred_and_counts_all() {
        let mut results = Results::new();
        results.record(TaskIndex(1), result(0));
        for run in 1..=250 {
            results.record(TaskIndex(0), result(run));
        }
        let expected: Vec<u64> = std::iter::once(0).chain(151..=250).collect();
        assert_eq!(runs(&results), expected);
        assert_eq!(results.counts(TaskIndex(0)).runs(Outcome::Succeeded), 250);
    }

    #[test]
    fn ten_thousand_are_kept_in_all_and_the_oldest_goes_first() {
        let tasks = 150;
        let mut results = Results::new();
        for run in 0..150_000u64 {
            results.record(TaskIndex((run % tasks as u64) as u32), result(run));
        }
        assert_eq!(runs(&results), (140_000..150_000).collect::<Vec<_>>());
    }
}
