//! The end of a program: who is told when, and what had to be cut.

use std::{sync::Arc, time::Duration};

use tasks_core::{__private::RunCell, Outcome, RunId, policy::OnShutdown};

use super::{Action, Core, Living, State, living::Told};
use crate::{
    clock::{Mono, Now},
    event::{EventKind, RunRef, SkipReason, StopCause},
    report::Cut,
    result::RunResult,
    run::{AttemptEnd, Command},
    sort,
};

/// The last part of the budget, in which every future is dropped and joined.
pub(crate) const AFTER_DRAIN: Duration = Duration::from_secs(1);
/// The part of the budget in which nobody waits for a run any more.
pub(crate) const AFTER_ABANDON: Duration = Duration::from_millis(500);
/// A budget shorter than this is taken as this.
pub(crate) const SHORTEST_BUDGET: Duration = Duration::from_secs(2);

/// A shutdown that is under way.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) cause: StopCause,
    pub(crate) t0: Mono,
    pub(crate) budget: Duration,
    /// An essential task failed, before or during it.
    pub(crate) essential_failed: bool,
    pub(crate) cuts: Vec<Cut>,
    /// Runs whose dependants still live, and the `stop_within` of each.
    deferred: Vec<(RunId, Option<Duration>)>,
    drain_is_over: bool,
    pub(crate) is_over: bool,
}

impl Ending {
    pub(crate) fn drain_end(&self) -> Mono {
        self.t0.plus(self.budget.saturating_sub(AFTER_DRAIN))
    }

    pub(crate) fn abandon_at(&self) -> Mono {
        self.t0.plus(self.budget.saturating_sub(AFTER_ABANDON))
    }

    /// When a dependency is told to stop even if its dependants live.
    fn stop_at(&self, stop_within: Option<Duration>) -> Mono {
        let drain = self.budget.saturating_sub(AFTER_DRAIN);
        self.t0.plus(stop_within.unwrap_or(drain / 2).min(drain))
    }

    /// When the next of them is.
    fn next_stop(&self) -> Mono {
        let moments = self.deferred.iter().map(|(_, stop_within)| self.stop_at(*stop_within));
        moments.min().unwrap_or(Mono::NEVER)
    }

    /// The runs that were cut, the oldest first: not in the order in which
    /// their threads came to drop them.
    pub(crate) fn cuts(&self) -> Vec<Cut> {
        let mut cuts = self.cuts.clone();
        sort::by_key(&mut cuts, |cut| cut.run);
        cuts
    }

    pub(crate) fn next_wake(&self) -> Mono {
        match (self.is_over, self.drain_is_over) {
            (true, _) => Mono::NEVER,
            (_, true) => self.abandon_at(),
            _ => self.drain_end().min(self.next_stop()),
        }
    }
}

/// Who is there when a shutdown begins, each list by id.
#[derive(Default)]
struct Roll {
    /// For whoever is told of the shutdown.
    running: Vec<RunRef>,
    /// What ends at once: its id, its last error, and its attempts so far.
    waiting: Vec<(RunId, Option<String>, u32)>,
    begun: Vec<(RunId, Arc<RunCell>)>,
}

impl Core {
    pub(crate) fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// Begins the shutdown. A second call may shorten the budget, and moves
    /// the beginning if it began earlier; nothing else changes.
    pub(crate) fn stop(&mut self, cause: StopCause, t0: Mono, budget: Duration, now: Now) {
        let budget = budget.clamp(SHORTEST_BUDGET, self.plan.budget.max(SHORTEST_BUDGET));
        if let Some(ending) = &mut self.ending {
            ending.t0 = ending.t0.min(t0);
            // A drain that is over by the new budget ends now; what is dropped
            // then still has its last second to come back.
            let least = now.mono.since(ending.t0) + AFTER_DRAIN;
            ending.budget = ending.budget.min(budget.max(least));
            self.actions.push(Action::ShutdownBegan);
            return;
        }
        let Roll { running, waiting, begun } = self.call_roll();
        self.emit(EventKind::ShutdownStarted { cause: cause.clone(), budget, running });
        self.ending = Some(Ending {
            cause,
            t0,
            budget,
            essential_failed: false,
            cuts: Vec::new(),
            deferred: Vec::new(),
            drain_is_over: false,
            is_over: false,
        });
        self.actions.push(Action::ShutdownBegan);
        self.scheduler.close();
        self.timers.clear();
        self.services.close();
        self.admission.close();
        self.give_up_lines(SkipReason::Shutdown, now);
        self.interrupt(waiting, now);
        self.tell_running(begun);
        self.run_left(now);
    }

    /// Goes through all runs once: there may be very many, and each is elsewhere
    /// in memory. What has not begun never will.
    fn call_roll(&self) -> Roll {
        let mut roll = Roll::default();
        for living in self.runs.values() {
            let cell = &living.cell;
            let is_running = matches!(living.state, State::Running);
            // Nobody would read it.
            if is_running && self.is_observed {
                roll.running.push(RunRef::of(cell));
            }
            // Admitted, but no worker has come to it yet.
            if is_running && !Command::end_unbegun(cell) {
                roll.begun.push((cell.id(), Arc::clone(cell)));
            } else {
                let (error, attempts) = living.last();
                roll.waiting.push((cell.id(), error, attempts));
            }
        }
        // Nearly in order already, which the standard library's sort makes use of.
        roll.running.sort_unstable_by_key(|run| run.run);
        roll.waiting.sort_unstable_by_key(|(run, ..)| *run);
        roll.begun.sort_unstable_by_key(|(run, _)| *run);
        roll
    }

    /// What has not begun, or waits for admission or for a retry, ends at once.
    fn interrupt(&mut self, waiting: Vec<(RunId, Option<String>, u32)>, now: Now) {
        for (run, error, attempts) in waiting {
            self.account_for(run, AttemptEnd::new(Outcome::Interrupted).with_error(error), attempts, now);
        }
    }

    /// Tells each run what its `on_shutdown` says, a dependency only once its
    /// dependants have ended.
    fn tell_running(&mut self, runs: Vec<(RunId, Arc<RunCell>)>) {
        let mut told = Vec::with_capacity(runs.len());
        for (run, cell) in runs {
            let Some(living) = self.runs.get(&run) else { continue };
            let task = living.task;
            let waits = self.order.has_dependants(task) && self.is_needed(task);
            let stop_within = self.plan.tasks[task.0 as usize].stop_within;
            match &mut self.ending {
                Some(ending) if waits => ending.deferred.push((run, stop_within)),
                _ => told.extend(self.word_for(run).map(|command| (cell, command))),
            }
        }
        self.actions.push(Action::TellAll(told));
    }

    fn is_needed(&self, task: crate::plan::TaskIndex) -> bool {
        self.order.is_needed(task, |other| self.admission.counts(other).0 > 0)
    }

    fn tell(&mut self, run: RunId) {
        if let Some(command) = self.word_for(run)
            && let Some(living) = self.runs.get(&run)
        {
            self.actions.push(Action::Tell(Arc::clone(&living.cell), command));
        }
    }

    /// What a run is to be told now, if anything; it counts as told then.
    fn word_for(&mut self, run: RunId) -> Option<Command> {
        let living = self.runs.get_mut(&run)?;
        if living.told != Told::Nothing {
            return None;
        }
        living.told = Told::ToStop;
        match self.plan.tasks[living.task.0 as usize].on_shutdown {
            OnShutdown::Cancel => Some(Command::Stop),
            OnShutdown::Drop => Some(Command::Drop),
            OnShutdown::Finish => None,
        }
    }

    /// A run ended during the shutdown: its dependencies may be told now, and
    /// perhaps it was the last one.
    pub(super) fn run_left(&mut self, now: Now) {
        let Some(ending) = &mut self.ending else { return };
        let deferred = std::mem::take(&mut ending.deferred);
        let deferred: Vec<_> = deferred
            .into_iter()
            .map(|(run, stop_within)| (run, stop_within, now.mono >= ending.stop_at(stop_within)))
            .collect();
        let mut kept = Vec::new();
        for (run, stop_within, overdue) in deferred {
            let Some(living) = self.runs.get(&run) else { continue };
            if !overdue && self.is_needed(living.task) {
                kept.push((run, stop_within));
            } else {
                self.tell(run);
            }
        }
        let Some(ending) = &mut self.ending else { return };
        ending.deferred = kept;
        if self.runs.is_empty() && !std::mem::replace(&mut ending.is_over, true) {
            self.actions.push(Action::Ended);
        }
    }

    pub(super) fn tick_ending(&mut self, now: Now) -> Mono {
        let Some(ending) = &self.ending else { return Mono::NEVER };
        if now.mono >= ending.next_stop() {
            self.run_left(now);
        }
        let Some(ending) = &mut self.ending else { return Mono::NEVER };
        if now.mono >= ending.drain_end() && !std::mem::replace(&mut ending.drain_is_over, true) {
            self.drop_living();
        }
        let Some(ending) = &self.ending else { return Mono::NEVER };
        if now.mono >= ending.abandon_at() {
            self.abandon(now);
        }
        self.next_wake(now)
    }

    /// The drain is over: every future that is left is dropped.
    fn drop_living(&mut self) {
        let mut told = Vec::with_capacity(self.runs.len());
        for living in self.runs.values_mut() {
            living.told = match self.plan.tasks[living.task.0 as usize].on_shutdown {
                OnShutdown::Drop => Told::ToStop,
                OnShutdown::Cancel | OnShutdown::Finish => Told::Cut,
            };
            told.push((Arc::clone(&living.cell), Command::Drop));
        }
        self.actions.push(Action::TellAll(told));
    }

    /// Nobody waits any longer: what has not come back is abandoned, and named.
    pub(crate) fn abandon(&mut self, now: Now) {
        let mut runs: Vec<_> = self.runs.values().map(Living::id).collect();
        runs.sort_unstable();
        for run in runs {
            let Some(living) = self.runs.get(&run) else { continue };
            let cut = Cut {
                task: Arc::clone(living.cell.task()),
                run,
                age: living.age(now),
                in_poll: (self.in_poll)(run),
                outcome: Outcome::Abandoned,
            };
            if let Some(ending) = &mut self.ending {
                ending.cuts.push(cut);
            }
            let attempts = living.cell.attempt();
            self.account_for(run, AttemptEnd::new(Outcome::Abandoned), attempts, now);
        }
    }

    pub(super) fn note_cut(&mut self, living: &Living, result: &RunResult, now: Now) {
        if let Some(ending) = &mut self.ending
            && living.told == Told::Cut
            // A panic is one of its `Drop`, or came at the same moment.
            && matches!(result.outcome, Outcome::Interrupted | Outcome::Panicked)
        {
            ending.cuts.push(Cut {
                task: Arc::clone(&result.task),
                run: result.run,
                age: living.age(now),
                in_poll: None,
                outcome: result.outcome,
            });
        }
    }
}
