//! I17: another schedule in the place of one.

use super::{super::slots::Slots, Model};
use crate::{clock::Now, engine::Core, plan::TaskIndex};

impl Model {
    /// Whether a slot of a task is there that had no fate.
    pub(in super::super) fn has_due(&self, task: TaskIndex, now: Now) -> bool {
        let task = &self.tasks[task.0 as usize];
        task.opened && task.slots.as_ref().is_some_and(|slots| slots.has_due(now))
    }

    /// What has been due is served first, whatever jitter would let wait.
    pub(super) fn looks_before_change(&mut self, task: TaskIndex, now: Now) {
        let task = &mut self.tasks[task.0 as usize];
        task.to_be_changed = true;
        if let (true, Some(slots)) = (task.opened, &mut task.slots) {
            let due = slots.look_at_once(now);
            task.found(due, now);
        }
    }

    /// The old schedule is over, and what it still had to make up for with it.
    pub(super) fn reschedules(&mut self, index: TaskIndex, core: &Core, now: Now) {
        let task = &mut self.tasks[index.0 as usize];
        assert!(std::mem::take(&mut task.to_be_changed), "I17: a second change");
        task.gives_up_for_change = true;
        task.fates_agree(now);
        let served = task.slots.as_ref().and_then(Slots::served_on_the_wall);
        task.served_before = served.or(task.served_before);
        // What the engine was given; what it makes of it is checked.
        task.schedule = core.schedule_of(index).cloned();
        task.slots = task.schedule.as_deref().map(Slots::new);
        task.era += 1;
        // The names of the new slots have nothing to do with those of the old.
        (task.last_slot, task.was_set) = (None, false);
        if let (true, Some(slots)) = (task.opened, &mut task.slots) {
            let due = slots.open_again(task.served_before, task.paused.is_some(), now);
            task.found_at_start(Some(due));
        }
    }
}
