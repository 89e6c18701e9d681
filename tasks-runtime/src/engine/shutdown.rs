//! The end of a program: who is told when, and what had to be cut.

use std::{sync::Arc, time::Duration};

use tasks_core::{__private::RunCell, Outcome, RunId, policy::OnShutdown};

use super::{Action, Core, Living, State, living::Told};
use crate::{
    clock::{Mono, Now},
    event::{EventKind, RunRef, SkipReason, StopCause},
    plan::{Plan, TaskIndex},
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
    /// Tasks whose dependants still live.
    deferred: Vec<Deferred>,
    drain_is_over: bool,
    pub(crate) is_over: bool,
}

/// A task whose runs are told to stop once nobody needs it, or after a while.
#[derive(Debug)]
struct Deferred {
    task: TaskIndex,
    stop_within: Option<Duration>,
    /// The runs that have begun, the oldest first.
    runs: Vec<RunId>,
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
        let moments = self.deferred.iter().map(|deferred| self.stop_at(deferred.stop_within));
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
    /// What is told to stop at once, and what of each.
    told: Vec<(Arc<RunCell>, Command)>,
    /// What has begun of tasks that others may need; by task first.
    needed: Vec<(TaskIndex, RunId)>,
}

/// What a run is to be told at a shutdown, if anything; it counts as told then.
fn word_for(living: &mut Living, plan: &Plan) -> Option<Command> {
    if living.told != Told::Nothing {
        return None;
    }
    living.told = Told::ToStop;
    match plan.tasks[living.task.0 as usize].on_shutdown {
        OnShutdown::Cancel => Some(Command::Stop),
        OnShutdown::Drop => Some(Command::Drop),
        OnShutdown::Finish => None,
    }
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
        let Roll { running, waiting, told, needed } = self.call_roll();
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
        self.tell_all(told);
        self.defer(&needed);
        // What has just ended may have been all that needed them.
        self.tell_deferred(now);
        self.look_for_the_end();
    }

    /// Goes through all runs once: there may be very many, and each is elsewhere
    /// in memory. What has not begun never will.
    fn call_roll(&mut self) -> Roll {
        let (mut roll, mut is_in_order, mut last) = (Roll::default(), true, RunId::new(0));
        for living in self.runs.values_mut() {
            let is_running = matches!(living.state, State::Running);
            // Nobody would read it.
            if is_running && self.is_observed {
                roll.running.push(RunRef::of(&living.cell));
            }
            // Admitted, but no worker has come to it yet.
            if !is_running || Command::end_unbegun(&living.cell) {
                let (error, attempts) = living.last();
                roll.waiting.push((living.id(), error, attempts));
            } else if self.order.has_dependants(living.task) {
                roll.needed.push((living.task, living.id()));
            } else if let Some(command) = word_for(living, &self.plan) {
                is_in_order &= last < living.id();
                last = living.id();
                roll.told.push((Arc::clone(&living.cell), command));
            }
        }
        // Nearly in order already, which the standard library's sort makes use of.
        roll.running.sort_unstable_by_key(|run| run.run);
        roll.waiting.sort_unstable_by_key(|(run, ..)| *run);
        if !is_in_order {
            roll.told.sort_unstable_by_key(|(cell, _)| cell.id());
        }
        roll.needed.sort_unstable();
        roll
    }

    /// What has not begun, or waits for admission or for a retry, ends at once.
    fn interrupt(&mut self, waiting: Vec<(RunId, Option<String>, u32)>, now: Now) {
        for (run, error, attempts) in waiting {
            self.account_for(run, AttemptEnd::new(Outcome::Interrupted).with_error(error), attempts, now);
        }
    }

    fn tell_all(&mut self, told: Vec<(Arc<RunCell>, Command)>) {
        if !told.is_empty() {
            self.actions.push(Action::TellAll(told));
        }
    }

    /// Keeps for later what others may need.
    fn defer(&mut self, needed: &[(TaskIndex, RunId)]) {
        let Some(ending) = &mut self.ending else { return };
        ending.deferred.extend(needed.chunk_by(|(one, _), (other, _)| one == other).map(|of_task| {
            let (task, _) = of_task[0];
            let stop_within = self.plan.tasks[task.0 as usize].stop_within;
            Deferred { task, stop_within, runs: of_task.iter().map(|(_, run)| *run).collect() }
        }));
    }

    /// Tells the runs of tasks that nobody needs any more, or whose dependants
    /// take too long.
    fn tell_deferred(&mut self, now: Now) {
        let Some(ending) = &mut self.ending else { return };
        let (mut kept, mut told) = (Vec::new(), Vec::new());
        for deferred in std::mem::take(&mut ending.deferred) {
            let lives = |other| self.admission.counts(other).0 > 0;
            let waits = now.mono < ending.stop_at(deferred.stop_within)
                && lives(deferred.task)
                && self.order.is_needed(deferred.task, lives);
            if waits {
                kept.push(deferred);
                continue;
            }
            for run in deferred.runs {
                if let Some(living) = self.runs.get_mut(&run)
                    && let Some(command) = word_for(living, &self.plan)
                {
                    told.push((Arc::clone(&living.cell), command));
                }
            }
        }
        ending.deferred = kept;
        self.tell_all(told);
    }

    /// A run ended during the shutdown: the dependencies of its task may be told
    /// now, and perhaps it was the last one of all.
    pub(super) fn run_left(&mut self, index: TaskIndex, now: Now) {
        // While another run of the task lives it needs what it needed.
        if self.admission.counts(index).0 == 0 {
            self.tell_deferred(now);
        }
        self.look_for_the_end();
    }

    fn look_for_the_end(&mut self) {
        if self.runs.is_empty()
            && let Some(ending) = &mut self.ending
            && !std::mem::replace(&mut ending.is_over, true)
        {
            self.actions.push(Action::Ended);
        }
    }

    pub(super) fn tick_ending(&mut self, now: Now) -> Mono {
        let Some(ending) = &self.ending else { return Mono::NEVER };
        if now.mono >= ending.next_stop() {
            self.tell_deferred(now);
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
