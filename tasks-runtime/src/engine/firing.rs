//! What becomes of due instants: runs, or explained skips.

use std::sync::Arc;

use jiff::Timestamp;
use tasks_core::{RunId, Trigger, policy::Priority};

use super::{Core, Timer, Wish};
use crate::{
    admission::Refusal,
    clock::Now,
    event::{EventKind, SkipReason},
    plan::TaskIndex,
    scheduler::Due,
    sort,
};

impl Core {
    pub(super) fn serve(&mut self, due: Due, now: Now) {
        self.serve_with(due, Vec::new(), now);
    }

    /// Serves what is due at one moment, whoever wants it, the most urgent first.
    pub(super) fn serve_with(&mut self, due: Due, timers: Vec<Timer>, now: Now) {
        // One that was added may have had its last instant.
        let last: Vec<_> = due.tasks().filter(|index| self.added.is_added(*index)).collect();
        self.serve_and_keep(due, timers, now);
        for index in last {
            self.retire(index);
        }
    }

    /// The same, and no task leaves by it: for whoever goes on with one of them.
    pub(super) fn serve_and_keep(&mut self, mut due: Due, timers: Vec<Timer>, now: Now) {
        for (task, back) in due.stepped {
            let task = Arc::clone(&self.plan.tasks[task.0 as usize].name);
            self.emit(EventKind::ClockStepped { task, back });
        }
        for task in due.past {
            let task = Arc::clone(&self.plan.tasks[task.0 as usize].name);
            self.emit(EventKind::PastSchedule { task });
        }
        for missed in due.missed {
            self.skipped(missed.task, missed.reason, (missed.count, missed.first, missed.last), now);
        }
        let mut missing = Vec::new();
        for all in due.missing {
            if let Some(all) = self.line_up(all, now) {
                due.firings.push((all.task, all.at[0]));
                // One alone has nothing to wait for it.
                if all.at.len() > 1 {
                    missing.push(all);
                }
            }
        }
        let order = |(index, at): &(TaskIndex, Timestamp)| (self.urgency(*index), *at);
        // What was due at one instant comes in order.
        if !due.firings.is_sorted_by_key(order) {
            due.firings.sort_by_cached_key(order);
        }
        let mut timers: Vec<_> = timers
            .into_iter()
            .filter_map(|timer| self.task_of(&timer).map(|index| (self.urgency(index), timer)))
            .collect();
        sort::by_key(&mut timers, |(urgency, _)| *urgency);
        let mut timers = timers.into_iter().peekable();
        for (index, at) in due.firings {
            let urgency = self.urgency(index);
            while let Some((_, timer)) = timers.next_if(|(other, _)| *other < urgency) {
                self.moment_came(timer, now);
            }
            match missing.iter().position(|all| all.task == index && all.at[0] == at) {
                Some(place) => self.make_up_for(index, missing.swap_remove(place).at, now),
                None => self.fire(index, at, now),
            }
        }
        for (_, timer) in timers {
            self.moment_came(timer, now);
        }
    }

    /// Who comes first when several are due: by priority, then by name.
    fn urgency(&self, index: TaskIndex) -> (Priority, TaskIndex) {
        (self.plan.tasks[index.0 as usize].priority, index)
    }

    /// Turns one firing into a run or an explained skip.
    fn fire(&mut self, index: TaskIndex, at: Timestamp, now: Now) {
        if let Err(reason) = self.try_firing(index, at, now) {
            self.skipped(index, reason, (1, at, at), now);
        }
    }

    /// Turns one firing into a run. Returns why there is none, which the
    /// schedule knows then, and nobody else.
    pub(super) fn try_firing(
        &mut self,
        index: TaskIndex,
        at: Timestamp,
        now: Now,
    ) -> Result<RunId, SkipReason> {
        let wish = Wish { scheduled_at: Some(at), ..Wish::default() };
        self.want(index, Trigger::Schedule, wish, now).map_err(|refusal| {
            self.scheduler.served(index, self.scheduler.era(index), now);
            match refusal {
                Refusal::Overlap => SkipReason::Overlap,
                Refusal::Capacity => SkipReason::Capacity,
                Refusal::Shutdown | Refusal::Disabled => SkipReason::Shutdown,
            }
        })
    }

    pub(super) fn skipped(
        &mut self,
        index: TaskIndex,
        reason: SkipReason,
        (count, first, last): (u64, Timestamp, Timestamp),
        now: Now,
    ) {
        self.results.skipped(index, reason, count);
        self.note_skip(index, reason, (count, first, last), now);
        if self.is_observed {
            let task = Arc::clone(&self.plan.tasks[index.0 as usize].name);
            self.emit(EventKind::FiringSkipped { task, reason, count, first, last });
        }
    }
}
