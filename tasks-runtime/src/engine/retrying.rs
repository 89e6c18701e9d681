//! The wait of a run between two attempts.

use std::{sync::Arc, time::Duration};

use tasks_core::{Outcome, RunId};

use super::{Core, State};
use crate::{
    clock::{Now, later},
    run::{AttemptEnd, Command},
};

impl Core {
    /// A run's attempt failed and another will follow. Returns false if the
    /// run is over instead, because it was cancelled or the program stops.
    pub(crate) fn retry_waits(
        &mut self,
        run: RunId,
        end: AttemptEnd,
        attempt: u32,
        delay: Duration,
        now: Now,
    ) -> bool {
        let Some(living) = self.runs.get_mut(&run) else { return false };
        let cancelled = Command::Cancel.is_in(living.cell.commands());
        if cancelled || self.ending.is_some() {
            let outcome = if cancelled { Outcome::Cancelled } else { Outcome::Interrupted };
            self.ended(run, AttemptEnd::new(outcome).with_error(end.error), attempt, now);
            return false;
        }
        living.failed(end.error, attempt, later(now.wall, delay));
        living.state = State::Retrying { queued: false };
        // The next attempt has to begin anew, and may not once the program stops.
        living.cell.clear_command(Command::Begun as u8);
        let index = living.task;
        self.unstick(run);
        self.note_retry(index, run, attempt + 1, delay, now);
        self.release_place(index, now);
        true
    }

    /// The wait between two attempts is over. Returns whether the next one may
    /// begin at once; else the run is told when its place is free.
    pub(crate) fn retry_is_due(&mut self, run: RunId, now: Now) -> bool {
        let Some(living) = self.runs.get_mut(&run) else { return false };
        let task = Arc::clone(&self.plan.tasks[living.task.0 as usize]);
        let has_place = match task.pool {
            Some(pool) => self.admission.reacquire(pool, &task, run, now.mono),
            None => true,
        };
        match (&mut living.state, has_place) {
            (state, true) => {
                *state = State::Running;
                living.resumes(now.mono);
            }
            (State::Retrying { queued }, false) => *queued = true,
            (State::Running | State::Waiting | State::Delayed, false) => {}
        }
        if !has_place {
            self.note_wait(run, now);
        }
        has_place
    }
}
