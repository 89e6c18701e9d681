//! Services: which run of a task is the one that is kept alive, and what
//! becomes of it when that run ends.
//!
//! A task whose `restart` is not `never` has at most one run that *is* the
//! service: the one that the program started, then each restart of it. A run
//! that somebody starts beside it is a run like any other; one that somebody
//! starts in its stead, while a restart is pending, is the service from then
//! on. Whether and when is decided in `run/restart.rs`.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use tasks_core::{RunId, Trigger, policy::Start};

use super::{Core, Timer, Wish, decisions::DecisionKind};
use crate::{
    admission::{Refusal, Verdict, is_single},
    clock::{Mono, Now, later},
    event::EventKind,
    plan::{Planned, TaskIndex},
    run::{AttemptEnd, Restarts, Sequel, stable_after},
};

/// What is known of the services, by task.
#[derive(Debug, Default)]
pub(super) struct Services(HashMap<TaskIndex, Service>);

#[derive(Debug, Default)]
struct Service {
    /// The run that is the service.
    run: Option<RunId>,
    pending: Option<Pending>,
    restarts: Restarts,
    /// Since the start of the program.
    total: u64,
    /// A look at whether it is stable is due at some moment. There is one at
    /// most: a crash loop must not collect them.
    is_watched: bool,
}

/// A restart that is to come.
#[derive(Debug)]
struct Pending {
    /// Tells it from the ones before it, whose moment may still come.
    number: u64,
    due: Timestamp,
    /// Its moment came and it was not admitted: the end of a run of its task
    /// lets it try again.
    is_refused: bool,
}

/// How a service fares.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceInfo {
    /// Restarts since it was last stable. It is stable once it has lived for
    /// the longer of `within` and `max_delay`.
    pub restarts: u32,
    /// Restarts since the start of the program.
    pub restarts_in_all: u64,
    /// It was restarted more than `max` times `within` the window, and has not
    /// been stable since.
    pub degraded: bool,
    /// When it is started again; `None` if it runs, or is over for good.
    pub next_restart: Option<Timestamp>,
}

impl Services {
    pub(super) fn are_all_settled(&self) -> bool {
        self.0.values().all(|service| service.pending.is_none())
    }

    /// Nothing is started again any more.
    pub(super) fn close(&mut self) {
        self.0.values_mut().for_each(|service| service.pending = None);
    }

    /// Whether the restart of this number is still to come.
    pub(super) fn awaits(&self, index: TaskIndex, number: u64) -> bool {
        let pending = self.0.get(&index).and_then(|service| service.pending.as_ref());
        pending.is_some_and(|pending| pending.number == number)
    }

    pub(super) fn info(&self, index: TaskIndex, task: &Planned) -> Option<ServiceInfo> {
        let unborn = Service::default();
        let service = self.0.get(&index).unwrap_or(&unborn);
        task.is_service().then(|| ServiceInfo {
            restarts: service.restarts.count(),
            restarts_in_all: service.total,
            degraded: service.restarts.is_degraded(),
            next_restart: service.pending.as_ref().map(|pending| pending.due),
        })
    }
}

impl Core {
    /// A run was admitted: it may be the one that is the service.
    pub(super) fn supervise(
        &mut self,
        index: TaskIndex,
        task: &Planned,
        run: RunId,
        trigger: Trigger,
        verdict: Verdict,
        now: Now,
    ) {
        if !task.is_service() || self.mode.only_asked {
            return;
        }
        let service = self.services.0.entry(index).or_default();
        let is_it = match trigger {
            Trigger::Manual | Trigger::Spawn if service.pending.is_some() => is_single(task),
            Trigger::Manual | Trigger::Spawn if service.run.is_some() => verdict == Verdict::Replace,
            Trigger::Manual | Trigger::Spawn => task.start == Start::Manual,
            _ => true,
        };
        if is_it {
            service.run = Some(run);
            // Somebody came before the moment of the restart.
            let is_early = service
                .pending
                .take()
                .is_some_and(|pending| !pending.is_refused && trigger != Trigger::Restart);
            if service.restarts.count() > 0 {
                self.watch(index, now.mono.plus(stable_after(&task.restart)));
            }
            if is_early {
                self.timer_is_moot();
            }
        }
    }

    /// What follows the end of a run, if it is the service; `None` if it is a
    /// run like any other.
    pub(super) fn sequel(
        &mut self,
        index: TaskIndex,
        task: &Planned,
        run: RunId,
        end: &AttemptEnd,
        lived_since: Option<Mono>,
        now: Now,
    ) -> Option<Sequel> {
        if !task.is_service() {
            return None;
        }
        let service = self.services.0.get_mut(&index).filter(|service| service.run == Some(run))?;
        service.run = None;
        // It may have been stable for long before anybody came to look at the clock.
        let was_stable =
            lived_since.is_some_and(|since| now.mono.since(since) >= stable_after(&task.restart));
        let recovered = was_stable && service.restarts.forget();
        let random = self.rng.f64();
        let sequel = service.restarts.follow(&task.restart, task.essential, end, now.mono, random);
        if recovered {
            self.emit(EventKind::ServiceRecovered { task: std::sync::Arc::clone(&task.name) });
        }
        match sequel {
            Sequel::Restart { .. } | Sequel::Early if self.ending.is_some() => Some(Sequel::Over),
            sequel => Some(sequel),
        }
    }

    /// Starts a service again, after a wait.
    pub(super) fn restart_in(
        &mut self,
        index: TaskIndex,
        task: &Planned,
        wait: Duration,
        degraded: bool,
        now: Now,
    ) {
        let Some(service) = self.services.0.get_mut(&index) else { return };
        service.total += 1;
        let number = service.total;
        service.pending = Some(Pending { number, due: later(now.wall, wait), is_refused: false });
        let restarts = service.restarts.count();
        self.timers.set(now.mono.plus(wait), Timer::Restart(index, number));
        let is_degraded = service.restarts.is_degraded();
        self.note(index, DecisionKind::Restarts { delay: wait, degraded: is_degraded }, now);
        let name = || std::sync::Arc::clone(&task.name);
        if degraded {
            let (max, within) = (task.restart.max, task.restart.within);
            self.emit(EventKind::ServiceDegraded { task: name(), restarts, max, within });
        }
        self.emit(EventKind::ServiceRestarting { task: name(), delay: wait, restarts });
    }

    /// The moment of a restart has come.
    pub(super) fn restart_is_due(&mut self, index: TaskIndex, number: u64, now: Now) {
        if self.services.awaits(index, number) {
            self.restart(index, now);
        }
    }

    /// A run of the task ended: a restart that was not admitted may be now.
    pub(super) fn restart_if_refused(&mut self, index: TaskIndex, now: Now) {
        let service = self.services.0.get(&index);
        let pending = service.and_then(|service| service.pending.as_ref());
        if pending.is_some_and(|pending| pending.is_refused) {
            self.restart(index, now);
        }
    }

    fn restart(&mut self, index: TaskIndex, now: Now) {
        let refusal = self.want(index, Trigger::Restart, Wish::default(), now).err();
        let Some(service) = self.services.0.get_mut(&index) else { return };
        match refusal {
            None => {}
            Some(Refusal::Overlap | Refusal::Capacity) => {
                if let Some(pending) = &mut service.pending {
                    pending.is_refused = true;
                }
            }
            Some(Refusal::Shutdown | Refusal::Disabled) => service.pending = None,
        }
    }

    fn watch(&mut self, index: TaskIndex, at: Mono) {
        if let Some(service) = self.services.0.get_mut(&index)
            && !std::mem::replace(&mut service.is_watched, true)
        {
            self.timers.set(at, Timer::Stable(index));
        }
    }

    /// Looks at whether a service has lived long enough to be stable.
    pub(super) fn look_at_stability(&mut self, index: TaskIndex, now: Now) {
        let task = self.task(index);
        let Some(service) = self.services.0.get_mut(&index) else { return };
        service.is_watched = false;
        // One that waits for its restart is watched again when it has begun.
        let Some(living) = service.run.and_then(|run| self.runs.get(&run)) else { return };
        let since = living.lives_since().unwrap_or(now.mono);
        let stable_at = since.plus(stable_after(&task.restart));
        if now.mono < stable_at {
            self.watch(index, stable_at);
        } else if service.restarts.forget() {
            self.emit(EventKind::ServiceRecovered { task: std::sync::Arc::clone(&task.name) });
        }
    }
}
