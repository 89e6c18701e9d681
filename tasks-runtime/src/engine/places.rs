//! Who is let in when a run has ended or makes way.

use std::sync::Arc;

use tasks_core::RunId;

use super::{Action, Core, Living, State};
use crate::{
    admission::Verdict,
    clock::Now,
    plan::TaskIndex,
    run::{Command, Wanted},
};

impl Core {
    /// Asks every other run of a task to end.
    pub(super) fn replace(&mut self, index: TaskIndex, by: RunId, now: Now) {
        let mut others: Vec<_> = self
            .runs
            .values()
            .filter(|living| living.task == index && living.id() != by)
            // What is wanted later is not there yet.
            .filter(|living| !matches!(living.state, State::Delayed))
            .map(Living::id)
            .collect();
        others.sort_unstable();
        for run in others {
            self.cancel(run, now);
        }
    }

    /// Lets in whoever waits at the gate of a task and has room now.
    pub(super) fn open_gate(&mut self, index: TaskIndex, now: Now) {
        let task = self.task(index);
        while let Some((run, verdict)) = self.admission.next_at_gate(index, &task, now.mono) {
            match verdict {
                Verdict::Start => self.note_start(run, true, now),
                Verdict::Wait | Verdict::Replace => self.note_wait(run, now),
            }
            if verdict == Verdict::Start
                && let Some(living) = self.runs.get_mut(&run)
            {
                living.state = State::Running;
                let cell = Arc::clone(&living.cell);
                self.actions.push(Action::Start(Wanted { cell, task: Arc::clone(&task) }));
            }
        }
    }

    pub(super) fn release_place(&mut self, index: TaskIndex, now: Now) {
        if self.ending.is_some() {
            // Whoever waits for it is about to be interrupted.
            return;
        }
        let Some(pool) = self.plan.tasks[index.0 as usize].pool else { return };
        let runs = &self.runs;
        let next = self.admission.release(pool, now.mono, |run| match runs.get(&run) {
            Some(living) => Arc::clone(living.cell.task()),
            None => "".into(),
        });
        let Some(living) = next.and_then(|run| self.runs.get_mut(&run)) else { return };
        let cell = Arc::clone(&living.cell);
        let index = living.task;
        match std::mem::replace(&mut living.state, State::Running) {
            State::Waiting => {
                self.admission.started(index);
                let task = self.task(index);
                self.note_start(cell.id(), true, now);
                self.actions.push(Action::Start(Wanted { cell, task }));
            }
            State::Retrying { .. } => {
                living.resumes(now.mono);
                self.actions.push(Action::Tell(cell, Command::Granted));
            }
            State::Running | State::Delayed => {}
        }
    }
}
