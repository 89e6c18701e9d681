//! What there is to say of one task: its state now, and the latest decisions.

use std::sync::Arc;

use tasks_core::RunId;

use super::{Core, Living, State, decisions::most_attempts};
use crate::{
    clock::{Now, later},
    handle::{PoolInfo, RunWait, Why, WhyRun},
    list::IntoList as _,
    plan::TaskIndex,
};

/// Living runs that are described; the others are counted.
const MOST_RUNS: usize = 16;

impl Core {
    pub(crate) fn why(&self, index: TaskIndex, now: Now) -> Why {
        let task = &self.plan.tasks[index.0 as usize];
        let name = |index: &TaskIndex| self.name_of(*index);
        let mut runs: Vec<_> =
            self.runs.values().filter(|living| living.task == index).map(Living::id).into_list();
        runs.sort_unstable();
        let starts_by_itself = task.is_enabled() && !self.mode.only_asked;
        Why {
            at: now.wall,
            task: self.task_info(index, now),
            overlap: task.overlap,
            starts_by_itself: starts_by_itself && (task.is_scheduled || task.is_boot()),
            stopping: self.ending.is_some(),
            waits_for: match starts_by_itself {
                true => self.order.missing(index).iter().map(name).into_list(),
                false => Vec::new(),
            },
            blocked_by: self.decisions.blocked_by(index).as_ref().map(name),
            pool: task.pool.map(|pool| {
                let (used, waiting) = self.admission.pool(pool);
                let pool = &self.plan.pools[pool.0 as usize];
                PoolInfo { name: Arc::clone(&pool.name), size: pool.size, used, waiting }
            }),
            more_runs: runs.len().saturating_sub(MOST_RUNS),
            runs: runs.into_iter().take(MOST_RUNS).filter_map(|run| self.why_run(run, now)).into_list(),
            decisions: self.decisions.of(index),
        }
    }

    fn why_run(&self, run: RunId, now: Now) -> Option<WhyRun> {
        let living = self.runs.get(&run)?;
        let task = &self.plan.tasks[living.task.0 as usize];
        let for_admission = || {
            let (wait, ahead) = self.admission.wait_of(living.task, task, run, now.mono)?;
            Some(RunWait::Admission { wait, ahead })
        };
        let wait = match living.state {
            State::Waiting | State::Retrying { queued: true } => for_admission(),
            State::Retrying { queued: false } => {
                let at = living.next_attempt().unwrap_or(now.wall);
                Some(RunWait::Attempt { attempt: living.last().1 + 1, at })
            }
            State::Delayed => Some(RunWait::Delay { at: later(now.wall, living.asks().since(now.mono)) }),
            State::Running if living.cell.started().is_none() => Some(RunWait::Worker),
            State::Running => None,
        };
        Some(WhyRun {
            run: Self::run_info(living, now),
            attempt: living.cell.attempt(),
            of: most_attempts(task),
            wait,
            last_error: living.last().0,
        })
    }
}
