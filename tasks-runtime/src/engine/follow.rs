//! What the end of a run means: order, essential tasks, restarts, idleness.

use std::sync::Arc;

use tasks_core::{Outcome, RunId, Trigger};

use super::Core;
use crate::{
    clock::Now,
    event::{EventKind, StopCause},
    plan::{Planned, TaskIndex},
    run::Sequel,
    sort,
};

impl Core {
    /// What the end of a run means for others, and for its own task.
    pub(super) fn follow(
        &mut self,
        index: TaskIndex,
        task: &Planned,
        trigger: Trigger,
        outcome: Outcome,
        sequel: Option<Sequel>,
        now: Now,
    ) {
        // One more run that somebody asked for decides nothing; of a service
        // only the run that is kept alive does.
        let counts = match sequel {
            Some(_) => true,
            None => !task.is_service() && !matches!(trigger, Trigger::Manual | Trigger::Spawn),
        };
        if !self.mode.only_asked {
            let is_restarted = matches!(sequel, Some(Sequel::Restart { .. }));
            if !task.is_scheduled {
                match outcome {
                    Outcome::Succeeded => self.met(index, now),
                    _ if counts && !is_restarted => self.failed_for_good(index, now),
                    _ => {}
                }
            }
            let failed = match sequel {
                Some(sequel) => matches!(sequel, Sequel::Failed | Sequel::Early),
                None => counts && outcome.is_failure(),
            };
            if task.essential && failed {
                self.essential_failed(&task.name, now);
            }
            if let Some(Sequel::Restart { wait, degraded }) = sequel {
                self.restart_in(index, task, wait, degraded, now);
            } else if task.is_service() && self.ending.is_none() {
                self.restart_if_refused(index, now);
            }
        }
        if self.ending.is_some() {
            self.run_left(index, now);
        } else {
            self.look_for_idle(now);
        }
    }

    /// A body said that it has started up.
    pub(crate) fn ready(&mut self, run: RunId, now: Now) {
        if let Some(living) = self.runs.get(&run)
            && !self.mode.only_asked
        {
            self.met(living.task, now);
        }
    }

    pub(super) fn met(&mut self, index: TaskIndex, now: Now) {
        if self.ending.is_some() {
            return;
        }
        let mut freed = self.order.met(index);
        sort::by_key(&mut freed, |index| (self.plan.tasks[index.0 as usize].priority, *index));
        for index in freed {
            self.decisions.unblock(index);
            self.start_up(index, Trigger::Dependency, now);
        }
    }

    pub(super) fn failed_for_good(&mut self, index: TaskIndex, now: Now) {
        if self.ending.is_some() {
            return;
        }
        for (blocked, dependency) in self.order.failed(index) {
            self.note_blocked(blocked, dependency, now);
            let (task, dependency) = (self.task(blocked), self.task(dependency));
            self.emit(EventKind::Blocked {
                task: Arc::clone(&task.name),
                dependency: Arc::clone(&dependency.name),
            });
            if task.essential {
                self.essential_failed(&task.name, now);
            }
        }
    }

    pub(super) fn essential_failed(&mut self, task: &Arc<str>, now: Now) {
        let budget = self.plan.budget;
        self.stop(StopCause::Essential(Arc::clone(task)), now.mono, budget, now);
        if let Some(ending) = &mut self.ending {
            ending.essential_failed = true;
        }
    }

    pub(super) fn look_for_idle(&mut self, now: Now) {
        let idle = self.began
            && self.ending.is_none()
            && self.runs.is_empty()
            && self.made_up.is_empty()
            && self.scheduler.is_exhausted()
            // Last, since it walks through all of them.
            && self.services.are_all_settled();
        if !idle || self.mode.only_asked {
            return;
        }
        if !std::mem::replace(&mut self.idle_was_told, true) {
            self.emit(EventKind::Idle);
        }
        if self.mode.exit_when_idle {
            let budget = self.plan.budget;
            self.stop(StopCause::Idle, now.mono, budget, now);
        }
    }
}
