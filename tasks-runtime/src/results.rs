//! What became of the runs: bounded results, and counters that are never cut.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tasks_core::{Outcome, RunId, Trigger};

use crate::{
    clock::Brief, event::SkipReason, plan::TaskIndex, recent::Recent, result::RunResult, table::Table,
};

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
    kept: Recent<Kept>,
}

/// A result as it is kept. What nearly all have to say takes a third of the bytes.
#[derive(Debug)]
enum Kept {
    Usual {
        run: RunId,
        scheduled_at: Brief,
        started_at: Brief,
        ended_at: Brief,
        nanos: u64,
        attempts: u32,
        trigger: Trigger,
        outcome: Outcome,
        late: bool,
        early: bool,
    },
    /// It has an error, is of a task that has left, or does not fit.
    Whole(Box<RunResult>),
}

// There are ten thousand of them.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Option<Kept>>() <= 48);

impl Kept {
    fn of(result: RunResult) -> Self {
        Self::usual(&result).unwrap_or_else(|| Self::Whole(Box::new(result)))
    }

    fn usual(result: &RunResult) -> Option<Self> {
        if result.error.is_some() {
            return None;
        }
        Some(Self::Usual {
            run: result.run,
            scheduled_at: Brief::of(result.scheduled_at)?,
            started_at: Brief::of(result.started_at)?,
            ended_at: Brief::of(Some(result.ended_at))?,
            nanos: u64::try_from(result.duration.as_nanos()).ok()?,
            attempts: result.attempts,
            trigger: result.trigger,
            outcome: result.outcome,
            late: result.late,
            early: result.early,
        })
    }

    /// `name` is that of its task, if that has not left.
    fn whole(&self, name: impl FnOnce() -> Arc<str>) -> RunResult {
        match self {
            Self::Whole(result) => RunResult::clone(result),
            Self::Usual {
                run,
                scheduled_at,
                started_at,
                ended_at,
                nanos,
                attempts,
                trigger,
                outcome,
                late,
                early,
            } => RunResult {
                task: name(),
                run: *run,
                trigger: *trigger,
                outcome: *outcome,
                error: None,
                attempts: *attempts,
                scheduled_at: scheduled_at.get(),
                started_at: started_at.get(),
                ended_at: ended_at.get().unwrap_or_default(),
                duration: Duration::from_nanos(*nanos),
                late: *late,
                early: *early,
            },
        }
    }
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

    /// The task of this name has left: its counters go, and its results stay until
    /// others take their places.
    pub(crate) fn forget(&mut self, task: TaskIndex, name: &Arc<str>) {
        if let Some(of_task) = self.tasks.get_mut(task) {
            *of_task = None;
        }
        self.kept.forget(task, |kept| *kept = Kept::Whole(Box::new(kept.whole(|| Arc::clone(name)))));
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
        self.kept.push(task, Kept::of(result));
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

    /// The last result of the task of this name.
    pub(crate) fn last(&self, task: TaskIndex, name: &Arc<str>) -> Option<RunResult> {
        self.kept.newest_of(task).map(|kept| kept.whole(|| Arc::clone(name)))
    }

    /// Every kept result, in the order of their ends. `names` are those of the
    /// tasks that there are.
    pub(crate) fn all(&self, names: impl Fn(TaskIndex) -> Arc<str>) -> Vec<RunResult> {
        self.kept.all().map(|(task, kept)| kept.whole(|| names(task))).collect()
    }
}

#[cfg(test)]
mod tests {
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
        results.all(|_| "t".into()).iter().map(|result| result.run.get()).collect()
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
    fn a_result_comes_back_as_it_was() {
        let usual = RunResult {
            scheduled_at: Some(Timestamp::UNIX_EPOCH),
            started_at: Timestamp::from_nanosecond(-1).ok(),
            duration: Duration::from_nanos(u64::MAX),
            late: true,
            ..result(1)
        };
        let others = [
            RunResult { error: Some("e".into()), outcome: Outcome::Failed, early: true, ..result(3) },
            RunResult { scheduled_at: Some(Timestamp::MAX), ..result(4) },
            RunResult { started_at: Some(Timestamp::MIN), ..result(5) },
            RunResult { duration: Duration::MAX, ..result(6) },
        ];
        assert!(others.iter().all(|other| Kept::usual(other).is_none()));
        assert!(Kept::usual(&usual).is_some());
        let all: Vec<_> = [usual, result(2)].into_iter().chain(others).collect();
        let mut results = Results::new();
        all.iter().for_each(|result| results.record(TaskIndex(7), result.clone()));
        assert_eq!(results.all(|_| "t".into()), all);
        assert_eq!(results.last(TaskIndex(7), &"t".into()), all.last().cloned());
    }

    #[test]
    fn what_a_task_has_left_behind_bears_its_name() {
        let mut results = Results::new();
        results.record(TaskIndex(0), result(1));
        results.forget(TaskIndex(0), &"t".into());
        results.record(TaskIndex(0), RunResult { task: "other".into(), ..result(2) });
        let names: Vec<_> = results.all(|_| "other".into()).into_iter().map(|result| result.task).collect();
        assert_eq!(names, ["t".into(), "other".into()]);
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
