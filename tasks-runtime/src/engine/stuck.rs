//! Runs whose thread does not come back.

use std::time::Duration;

use tasks_core::{RunId, Trigger};

use super::Core;
use crate::{
    clock::Now,
    event::{EventKind, RunRef},
};

impl Core {
    /// A run's thread has been inside one poll for this long. Returns whether
    /// the run is stuck.
    pub(crate) fn long_poll(&mut self, run: RunId, in_poll: Duration, now: Now) {
        let Some(living) = self.runs.get_mut(&run) else { return };
        if now.mono.0 < living.cell.stuck_after() || !living.is_time_to_tell(now.mono) {
            return;
        }
        let (index, era) = (living.task, living.era);
        let first = !std::mem::replace(&mut living.stuck, true);
        let serve =
            living.cell.trigger() == Trigger::Schedule && !std::mem::replace(&mut living.served, true);
        let event = EventKind::Stuck { run: RunRef::of(&living.cell), age: living.age(now), in_poll };
        if first {
            self.admission.stuck(index);
        }
        if serve {
            self.scheduler.served(index, era, now);
        }
        self.emit(event);
    }

    pub(super) fn unstick(&mut self, run: RunId) {
        if let Some(living) = self.runs.get_mut(&run)
            && std::mem::replace(&mut living.stuck, false)
        {
            let index = living.task;
            self.admission.unstuck(index);
        }
    }
}
