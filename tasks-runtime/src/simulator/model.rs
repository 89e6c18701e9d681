//! What must be true: a second set of books, kept beside the engine's own.
//!
//! | | holds after every step |
//! |---|---|
//! | I1 | each due slot has exactly one fate: a run, or a skip that is counted |
//! | I2 | no run for an instant that is no slot |
//! | I3 | no start before its slot, none later than its jitter; slots of a task strictly increase |
//! | I4 | no task has more runs than its `overlap` and `max_running` let be, and who waits for that comes in order, at once; a pool never has more runs than places, and none is free while a run waits for it |
//! | I5 | nothing starts after the stop, and what waited is over in the same step |
//! | I6 | a shutdown ends by budget − 500 ms, and every run is accounted for |
//! | I7 | attempts and their delays stay in their bounds; what is late is not retried |
//! | I8 | the engine asks for its next look in time, and strictly later than now |
//! | I9 | its counts agree with the books; each run has exactly one result |
//! | I10 | a run between two attempts keeps its overlap slot and frees its place |
//! | I11 | a place goes to the run that stands highest at that moment |
//! | I12 | a fixed delay counts from the end; nothing starts before what it is `after` |
//! | I13 | whoever is replaced is told so at once, and ends cancelled |
//! | I14 | a service is restarted when it has to be and not else, after the wait that its rules say, and no restart is lost or early |
//! | I15 | what a pause covers is skipped as paused and never made up for; nothing of the schedule starts in it |
//! | I16 | a delayed run asks for admission neither early nor never |
//! | I17 | after a change of schedule nothing of the old one fires, what has been due by then had its fate, no slot is served again, and the new one begins at the change |
//!
//! Nothing in here asks the engine what it should do. Where chance decides,
//! which is when jitter lets a slot wait, the engine says what it drew, and is
//! held to it.

mod admission;
mod agreement;
mod attempts;
mod books;
mod fates;
mod pauses;
mod reschedules;
mod services;
mod shutdown;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use tasks_core::{__private::RunFacts, Outcome, RunId, Trigger, policy::RestartPolicy};

use self::books::{Refused, Run, State, Stopping, Task};
use super::slots::Slots;
use crate::{
    clock::{Mono, Now},
    engine::{Action, Core},
    event::{EventKind, StopCause},
    handle::PauseUntil,
    plan::{Plan, TaskIndex},
    result::RunResult,
};

/// What the engine is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    Begin,
    Tick,
    Want,
    Later(Duration),
    Pause(TaskIndex, PauseUntil),
    Resume(TaskIndex),
    /// Whether the new schedule fires at once.
    Reschedule(TaskIndex, bool),
    Cancel(RunId),
    RetryWaits(RunId),
    RetryIsDue,
    Ended(RunId, Outcome, Error),
    Ready(RunId),
    LongPoll,
    Stop(Mono, Duration),
    Abandon,
}

/// What the error of a run asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Error {
    pub(super) fatal: bool,
    pub(super) asks_for: Duration,
}

pub(super) struct Model {
    plan: Arc<Plan>,
    tasks: Vec<Task>,
    /// Places that are taken, for each pool.
    used: Vec<u32>,
    runs: BTreeMap<RunId, Run>,
    /// Runs that have to be told in this call that they were replaced.
    to_cancel: BTreeSet<RunId>,
    /// Delayed runs that ask for admission in this call.
    delays: VecDeque<RunId>,
    /// Runs that were admitted.
    turn: u64,
    stopping: Option<Stopping>,
    /// The last look at the clock.
    seen: Option<Now>,
    virtual_time: bool,
    pub(super) results: u64,
    /// The end of an essential run that has to stop the program.
    must_stop: bool,
}

impl Model {
    pub(super) fn new(plan: Arc<Plan>, virtual_time: bool) -> Self {
        Self {
            tasks: plan.tasks.iter().map(Task::new).collect(),
            used: vec![0; plan.pools.len()],
            runs: BTreeMap::new(),
            to_cancel: BTreeSet::new(),
            delays: VecDeque::new(),
            turn: 0,
            stopping: None,
            seen: None,
            virtual_time,
            results: 0,
            must_stop: false,
            plan,
        }
    }

    /// The wall clock alone was moved.
    pub(super) fn clock_was_set(&mut self, back: bool) {
        for task in &mut self.tasks {
            task.was_set = true;
            if back && !task.slots.as_ref().is_some_and(Slots::is_wall) {
                // Its slots are instants of the other clock, under new names.
                task.last_slot = None;
            }
        }
    }

    pub(super) fn living(&self) -> Vec<RunId> {
        self.runs.keys().copied().collect()
    }

    pub(super) fn is_living(&self, run: RunId) -> bool {
        self.runs.contains_key(&run)
    }

    fn count(&self, task: usize, of: impl Fn(&Run) -> bool) -> usize {
        self.runs.values().filter(|run| run.task == task && of(run)).count()
    }

    fn index(&self, name: &str) -> usize {
        self.tasks.binary_search_by(|task| (*task.planned.name).cmp(name)).unwrap()
    }

    fn pool(&self, task: usize) -> Option<usize> {
        self.tasks[task].planned.pool.map(|pool| pool.0 as usize)
    }

    /// Books what the call itself means, before what the engine makes of it.
    pub(super) fn before(&mut self, call: &Call, now: Now) {
        match call {
            Call::Ended(run, ..) => self.free(*run, now),
            Call::Cancel(run) => match self.runs.get_mut(run) {
                Some(living) if living.state == State::Running => living.cancelled = true,
                _ => self.free(*run, now),
            },
            Call::RetryWaits(run) => match self.runs.get_mut(run) {
                Some(living) if living.cancelled || self.stopping.is_some() => self.free(*run, now),
                Some(living) => {
                    (living.state, living.stuck) = (State::Retrying { queued: false }, false);
                    living.alive_since = None;
                    let task = living.task;
                    if let Some(pool) = self.pool(task) {
                        self.used[pool] -= 1;
                    }
                }
                None => {}
            },
            Call::Stop(t0, budget) if self.stopping.is_some() => self.begin_stop(*t0, *budget, now),
            _ => {}
        }
    }

    /// Books what the engine did, and checks it.
    pub(super) fn after(
        &mut self,
        call: &Call,
        created: Vec<RunFacts>,
        actions: &[Action],
        core: &Core,
        now: Now,
    ) {
        if matches!(call, Call::Begin) {
            for task in 0..self.tasks.len() {
                let planned = &self.tasks[task].planned;
                if planned.is_enabled() && planned.after.is_empty() {
                    self.open(task, now);
                }
            }
        }
        if let (Call::Tick, None) = (call, &self.stopping) {
            self.look(actions, core, now);
        }
        if let Call::Ready(run) = call
            && let Some(run) = self.runs.get(run)
        {
            self.met(run.task, now);
        }
        match call {
            Call::Pause(task, _) => self.looks_before_pause(*task, core, now),
            Call::Resume(task) => self.resumes(*task, core, now),
            Call::Reschedule(task, _) => self.looks_before_change(*task, now),
            _ => {}
        }
        // What follows from an end is wanted after its result.
        let ends_first = matches!(
            call,
            Call::Ended(..) | Call::Cancel(_) | Call::RetryWaits(_) | Call::Reschedule(_, true)
        );
        let mut created = Some(created);
        if !ends_first {
            self.create(call, created.take().unwrap_or_default(), now);
        }
        match call {
            Call::Pause(task, until) => self.pauses(*task, *until, now),
            Call::Tick if self.stopping.is_none() => self.delays = self.delays_that_end(now),
            _ => {}
        }
        for action in actions {
            self.delays_end(Some(action), now);
            self.action(call, action, now);
            if let (Call::Reschedule(task, _), Action::Emit(EventKind::Rescheduled { .. })) = (call, action) {
                self.reschedules(*task, core, now);
            }
            if let Action::Emit(EventKind::RunEnded { .. } | EventKind::Rescheduled { .. }) = action {
                self.create(call, created.take().unwrap_or_default(), now);
            }
        }
        self.delays_end(None, now);
        assert!(created.is_none_or(|created| created.is_empty()), "I9: a run without a cause in {call:?}");
        assert!(!self.must_stop || self.stopping.is_some(), "an essential task failed and nothing stopped");
        self.fates_agree(now);
        self.open_gates(now);
        self.services_are_right(call, now);
        self.who_waits_has_to();
        self.stop_is_right(call, now);
    }

    fn action(&mut self, call: &Call, action: &Action, now: Now) {
        match action {
            Action::Start(wanted) => self.starts(wanted.cell.id(), now),
            Action::Tell(cell, command) => self.told(cell.id(), *command, now),
            Action::TellAll(runs) => {
                runs.iter().for_each(|(cell, command)| self.told(cell.id(), *command, now));
            }
            Action::Emit(event) => self.event(call, event, now),
            Action::Ended => {
                let stop = self.stopping.as_mut().expect("ended without a stop");
                assert!(!std::mem::replace(&mut stop.ended, true), "ended twice");
                assert!(self.runs.is_empty(), "I6: over with living runs");
            }
            Action::Wake(_)
            | Action::Discard(_)
            | Action::LetGo(_)
            | Action::Deliver(..)
            | Action::ShutdownBegan => {}
        }
    }

    fn event(&mut self, call: &Call, event: &EventKind, now: Now) {
        self.service_event(event, now);
        match event {
            EventKind::RunEnded { result, .. } => self.ended(call, result, now),
            EventKind::FiringSkipped { task, reason, count, first, last } => {
                let seen = Refused { count: *count, first: *first, last: *last };
                self.skipped(task, *reason, seen, now);
            }
            EventKind::Stuck { run, .. } => {
                let living = self.runs.get_mut(&run.run).expect("a stuck run that is over");
                living.stuck = true;
                self.serve(run.run, now);
            }
            EventKind::ShutdownStarted { cause, budget, .. } => {
                assert!(self.stopping.is_none(), "a second stop");
                match call {
                    Call::Stop(t0, budget) => self.begin_stop(*t0, *budget, now),
                    _ if self.must_stop && matches!(cause, StopCause::Essential(_)) => {
                        self.begin_stop(now.mono, *budget, now);
                    }
                    _ => panic!("a stop by {cause:?} in {call:?}"),
                }
            }
            EventKind::Resumed { task, .. } => self.resumed(task),
            EventKind::Blocked { task, .. } => {
                let index = self.index(task);
                assert!(!self.tasks[index].opened, "I12: {task} is blocked and has started");
                self.must_stop |= self.tasks[index].planned.essential;
            }
            _ => {}
        }
    }

    fn ended(&mut self, call: &Call, result: &RunResult, now: Now) {
        let named = if self.stopping.is_some() { Outcome::Interrupted } else { Outcome::Cancelled };
        let (outcome, own) = match call {
            Call::Ended(run, outcome, _) if *run == result.run => (*outcome, true),
            Call::Cancel(run) if *run == result.run => (Outcome::Cancelled, true),
            Call::RetryWaits(run) if *run == result.run => {
                let cancelled = self.runs.get(run).is_some_and(|run| run.cancelled);
                (if cancelled { Outcome::Cancelled } else { Outcome::Interrupted }, true)
            }
            Call::Abandon => (Outcome::Abandoned, false),
            Call::Tick if self.stopping.is_some() => (Outcome::Abandoned, false),
            Call::Tick if self.runs.get(&result.run).is_some_and(|run| run.refused) => {
                (Outcome::Failed, true)
            }
            _ => (named, false),
        };
        assert_eq!(result.outcome, outcome, "I9: {result:?} in {call:?}");
        if !own {
            self.free(result.run, now);
        }
        let run = self.runs.remove(&result.run).expect("I9: a second result");
        let of_a_service = self.service_ended(call, &run, result, now);
        assert_eq!(
            (run.attempts, run.scheduled_at),
            (result.attempts, result.scheduled_at),
            "I9: the result of {:?}",
            result.run
        );
        let ignored = matches!(outcome, Outcome::Succeeded | Outcome::Failed);
        assert!(!(run.cancelled && ignored), "I13: asked to end, {} is {outcome:?}", result.task);
        let task = &mut self.tasks[run.task];
        task.outcomes[outcome as usize] += 1;
        self.results += 1;
        let is_service = task.planned.restart.policy != RestartPolicy::Never;
        let counts = !is_service && !matches!(run.trigger, Trigger::Manual | Trigger::Spawn);
        self.must_stop |= task.planned.essential && of_a_service.unwrap_or(counts && outcome.is_failure());
        if !task.planned.is_scheduled && outcome == Outcome::Succeeded {
            self.met(run.task, now);
        }
        self.line_moves(run.task, result.run, outcome);
        self.open_gates(now);
    }

    /// A task starts up: its schedule begins.
    fn open(&mut self, task: usize, now: Now) {
        let task = &mut self.tasks[task];
        assert!(!std::mem::replace(&mut task.opened, true));
        let paused = task.paused.is_some();
        let due = task.slots.as_mut().map(|slots| slots.open(paused, now));
        task.found_at_start(due);
    }

    /// What is after this task may start up.
    fn met(&mut self, task: usize, now: Now) {
        if self.stopping.is_some() || std::mem::replace(&mut self.tasks[task].met, true) {
            return;
        }
        for other in 0..self.tasks.len() {
            let planned = Arc::clone(&self.tasks[other].planned);
            let waited = planned.is_enabled() && !planned.after.is_empty() && !self.tasks[other].opened;
            if waited && planned.after.iter().all(|other| self.tasks[other.0 as usize].met) {
                self.open(other, now);
            }
        }
    }
}
