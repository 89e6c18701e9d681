//! What becomes of due instants: runs, or explained skips.

use std::sync::Arc;

use jiff::Timestamp;
use tasks_core::Trigger;

use super::{Core, Wish};
use crate::{
    admission::Refusal,
    clock::Now,
    event::{EventKind, SkipReason},
    plan::TaskIndex,
    scheduler::Due,
};

impl Core {
    pub(super) fn serve(&mut self, mut due: Due, now: Now) {
        for (task, back) in due.stepped {
            let task = Arc::clone(&self.plan.tasks[task.0 as usize].name);
            self.emit(EventKind::ClockStepped { task, back });
        }
        for task in due.past {
            let task = Arc::clone(&self.plan.tasks[task.0 as usize].name);
            self.emit(EventKind::PastSchedule { task });
        }
        for missed in due.missed {
            self.skipped(missed.task, missed.reason, missed.count, missed.first, missed.last);
        }
        due.firings.sort_by_key(|(index, at)| (self.plan.tasks[index.0 as usize].priority, *index, *at));
        for (index, at) in due.made_up {
            self.made_up.entry(index).or_default().push_back(at);
        }
        for (index, at) in due.firings {
            self.fire(index, at, now);
        }
    }

    /// Turns one firing into a run or an explained skip.
    pub(super) fn fire(&mut self, index: TaskIndex, at: Timestamp, now: Now) {
        let wish = Wish { scheduled_at: Some(at), ..Wish::default() };
        let Err(refusal) = self.want(index, Trigger::Schedule, wish, now) else { return };
        let reason = match refusal {
            Refusal::Overlap => SkipReason::Overlap,
            Refusal::Capacity => SkipReason::Capacity,
            Refusal::Shutdown | Refusal::Disabled => SkipReason::Shutdown,
        };
        self.skipped(index, reason, 1, at, at);
        self.scheduler.served(index, now);
        self.skip_made_up(index, reason);
    }

    /// Gives up what was to be made up for.
    pub(super) fn skip_made_up(&mut self, index: TaskIndex, reason: SkipReason) {
        if let Some(left) = self.made_up.remove(&index)
            && let (Some(first), Some(last)) = (left.front(), left.back())
        {
            self.skipped(index, reason, left.len() as u64, *first, *last);
        }
    }

    /// A scheduled run ended: the next instant that is made up for may follow.
    pub(super) fn make_up(&mut self, index: TaskIndex, now: Now) {
        let Some(left) = self.made_up.get_mut(&index) else { return };
        match left.pop_front() {
            Some(at) => self.fire(index, at, now),
            None => {
                self.made_up.remove(&index);
            }
        }
    }

    pub(super) fn skipped(
        &mut self,
        index: TaskIndex,
        reason: SkipReason,
        count: u64,
        first: Timestamp,
        last: Timestamp,
    ) {
        self.results.skipped(index, reason, count);
        let task = Arc::clone(&self.plan.tasks[index.0 as usize].name);
        self.emit(EventKind::FiringSkipped { task, reason, count, first, last });
    }
}
