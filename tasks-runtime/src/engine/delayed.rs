//! Runs that ask for admission later.

use std::time::Duration;

use tasks_core::{Outcome, RunId, Trigger};

use super::{Core, Living, State, Timer, Wish, decisions::DecisionKind, new_run_id};
use crate::{admission::Refusal, clock::Now, plan::TaskIndex, run::AttemptEnd};

impl Core {
    /// Makes a run that asks for admission after a delay. It lives from now on:
    /// it can be seen and cancelled, and the program is not idle.
    pub(crate) fn want_later(
        &mut self,
        index: TaskIndex,
        delay: Duration,
        wish: Wish,
        now: Now,
    ) -> Result<RunId, Refusal> {
        let task = self.task(index);
        let delayed = self.admission.delay(index, &task);
        delayed.inspect_err(|refusal| self.note_refusal(index, Trigger::Spawn, *refusal, now))?;
        let (run, until) = (new_run_id(), now.mono.plus(delay));
        let cell = self.cell_of(run, index, Trigger::Spawn, &wish);
        let mut living = Living::new(index, cell, State::Delayed, now.mono);
        living.set_asks(until);
        self.runs.insert(living);
        self.timers.set(until, Timer::Delayed(run));
        self.note(index, DecisionKind::Delayed { run, delay }, now);
        Ok(run)
    }

    /// The moment of a delayed run has come, if it still lives.
    pub(super) fn delay_is_over(&mut self, run: RunId, now: Now) {
        let Some(living) = self.runs.get_mut(&run) else { return };
        if !matches!(living.state, State::Delayed) {
            return;
        }
        living.set_asks(now.mono);
        let index = living.task;
        let task = self.task(index);
        match self.admission.want_after_delay(index, &task, run, now.mono) {
            Ok(verdict) => self.admitted(index, task, run, verdict, now),
            Err(refusal) => {
                // Whoever asked has gone on long ago, so it is told as the end of the run.
                let error = Some(format!("not started: {}", refusal.explain(&task.name)));
                self.ended(run, AttemptEnd::new(Outcome::Failed).with_error(error), 0, now);
            }
        }
    }

    /// A delayed run is cancelled, or a service started before its restart, and
    /// the moment may be far away: such moments are cleared away before there
    /// are more of them than of others.
    pub(super) fn timer_is_moot(&mut self) {
        let (runs, services) = (&self.runs, &self.services);
        self.timers.one_is_moot(|timer| match timer {
            Timer::Delayed(run) => runs.contains_key(run),
            Timer::Restart(index, number) => services.awaits(*index, *number),
            Timer::Stable(_) => true,
        });
    }
}
