//! Another schedule for a task of a program that runs.

use std::sync::Arc;

use super::{Core, decisions::DecisionKind};
use crate::{
    clock::Now,
    event::{EventKind, SkipReason},
    handle::Refused,
    plan::{PlannedSchedule, TaskIndex},
    scheduler::Due,
};

impl Core {
    /// Puts another schedule, or none, in the place of a task's from now on.
    pub(crate) fn reschedule(
        &mut self,
        index: TaskIndex,
        schedule: Option<Arc<PlannedSchedule>>,
        now: Now,
    ) -> Result<(), Refused> {
        self.steerable(index)?;
        let mut due = Due::default();
        // What only its jitter delays was due under the old schedule.
        self.scheduler.due_of_at_once(index, now, &mut due);
        // Were it the last instant of one that was added, it stays: it has another schedule.
        self.serve_and_keep(due, Vec::new(), now);
        self.give_up_line(index, SkipReason::Misfire, now);
        let words: Arc<str> = schedule.as_ref().map_or("off".into(), |schedule| schedule.to_string().into());
        self.note(index, DecisionKind::Rescheduled { schedule: Arc::clone(&words) }, now);
        self.emit(EventKind::Rescheduled { task: self.name_of(index), schedule: words });
        if self.order.is_open(index) && !self.mode.only_asked {
            let mut due = Due::default();
            let paused = self.pauses.contains(index);
            // It may have had no schedule so far.
            self.scheduler.set_priority(index, self.plan.tasks[index.0 as usize].priority);
            self.scheduler.reopen(index, schedule, paused, now, &mut due);
            self.serve(due, now);
        } else {
            // A task that still waits for others begins with it later.
            self.scheduler.give(index, schedule);
        }
        self.look_for_idle(now);
        Ok(())
    }

    /// The schedule that a task has now, whether or not it has begun.
    pub(crate) fn schedule_of(&self, index: TaskIndex) -> Option<&Arc<PlannedSchedule>> {
        match self.scheduler.given(index) {
            Some(schedule) => schedule,
            None => self.plan.tasks[index.0 as usize].schedule_at_start.as_ref(),
        }
    }

    /// Whether there is a schedule that can be steered.
    pub(super) fn steerable(&self, index: TaskIndex) -> Result<(), Refused> {
        let task = &self.plan.tasks[index.0 as usize];
        match () {
            () if self.ending.is_some() => Err(Refused::Shutdown),
            () if !task.is_enabled() => Err(Refused::Disabled),
            () if !task.is_scheduled => Err(Refused::NotScheduled),
            () => Ok(()),
        }
    }
}
