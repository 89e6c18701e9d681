//! What must be true: a second set of books, kept beside the engine's own.
//!
//! | | holds after every step |
//! |---|---|
//! | I1 | each due slot has exactly one fate: a run, or a skip that is counted |
//! | I2 | no run for an instant that is no slot |
//! | I3 | no start before its slot; slots of a task strictly increase |
//! | I4 | `skip` never has two living runs; a pool never has more runs than places, and none is free while a run waits for it |
//! | I5 | nothing starts after the stop, and what waited is over in the same step |
//! | I6 | a shutdown ends by budget − 500 ms, and every run is accounted for |
//! | I7 | attempts and their delays stay in their bounds; what is late is not retried |
//! | I8 | the engine asks for its next look in time, and strictly later than now |
//! | I9 | its counts agree with the books; each run has exactly one result |
//! | I10 | a run between two attempts keeps its overlap slot and frees its place |
//! | I11 | a place goes to the run that stands highest at that moment |
//! | I12 | a fixed delay counts from the end; nothing starts before what it is `after` |

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use tasks_core::{
    __private::RunFacts,
    Outcome, RunId, Trigger,
    policy::{Jitter, MaxRetries, OnShutdown, Overlap},
};

use super::slots::{Expected, Slots};
use crate::{
    admission::{MAX_STUCK, MAX_WAITING, Refusal},
    clock::{Mono, Now, later, wall_since},
    engine::{Action, Core},
    event::{EventKind, SkipReason, StopCause},
    plan::{Plan, Planned, TaskIndex},
    run::{AttemptEnd, Command},
};

/// What the engine is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    Begin,
    Tick,
    Want,
    Cancel(RunId),
    RetryWaits(RunId),
    RetryIsDue,
    Ended(RunId, Outcome),
    Ready(RunId),
    LongPoll,
    Stop(Mono, Duration),
    Abandon,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Waiting,
    Running,
    Retrying { queued: bool },
}

#[derive(Debug)]
struct Run {
    task: usize,
    trigger: Trigger,
    scheduled_at: Option<Timestamp>,
    state: State,
    since: Mono,
    begun: bool,
    attempts: u32,
    stuck: bool,
    served: bool,
    told: bool,
}

#[derive(Debug, Default)]
struct Fates {
    fired: Option<Timestamp>,
    refused: Option<Timestamp>,
    misfired: u64,
    in_gap: u64,
}

struct Task {
    planned: Arc<Planned>,
    slots: Option<Slots>,
    met: bool,
    opened: bool,
    last_slot: Option<Timestamp>,
    was_set: bool,
    outcomes: [u64; Outcome::ALL.len()],
    skips: BTreeMap<SkipReason, u64>,
    /// What became of the slots of this call, and what has to.
    fates: Fates,
    expected: Option<Expected>,
}

struct Stopping {
    t0: Mono,
    budget: Duration,
    ended: bool,
}

pub(super) struct Model {
    plan: Arc<Plan>,
    tasks: Vec<Task>,
    used: Vec<u32>,
    runs: BTreeMap<RunId, Run>,
    stopping: Option<Stopping>,
    seen: Option<Now>,
    virtual_time: bool,
    pub(super) results: u64,
    /// The end of an essential run that has to stop the program.
    must_stop: bool,
}

impl Model {
    pub(super) fn new(plan: Arc<Plan>, virtual_time: bool) -> Self {
        let task = |planned: &Arc<Planned>| Task {
            planned: Arc::clone(planned),
            slots: planned.schedule.as_ref().map(Slots::new),
            met: false,
            opened: false,
            last_slot: None,
            was_set: false,
            outcomes: [0; Outcome::ALL.len()],
            skips: BTreeMap::new(),
            fates: Fates::default(),
            expected: None,
        };
        Self {
            tasks: plan.tasks.iter().map(task).collect(),
            used: vec![0; plan.pools.len()],
            runs: BTreeMap::new(),
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
            if back
                && !task.slots.as_ref().is_some_and(|slots| matches!(slots.next, super::slots::Next::Wall(_)))
            {
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

    pub(super) fn abandon_at(&self) -> Option<(Mono, Mono)> {
        let stop = self.stopping.as_ref().filter(|stop| !stop.ended)?;
        let at = |rest: u64| stop.t0.plus(stop.budget.saturating_sub(Duration::from_millis(rest)));
        Some((at(1000), at(500)))
    }

    fn live_runs(&self, task: usize) -> usize {
        self.runs.values().filter(|run| run.task == task).count()
    }

    fn count(&self, task: usize, of: impl Fn(&Run) -> bool) -> u32 {
        self.runs.values().filter(|run| run.task == task && of(run)).count() as u32
    }

    fn index(&self, name: &str) -> usize {
        self.tasks.binary_search_by(|task| (*task.planned.name).cmp(name)).unwrap()
    }

    fn pool(&self, task: usize) -> Option<usize> {
        self.tasks[task].planned.pool.map(|pool| pool.0 as usize)
    }

    pub(super) fn attempt_begins(&mut self, run: RunId, attempt: u32) {
        assert!(self.stopping.is_none(), "I5: attempt {attempt} begins after the stop");
        let run = self.runs.get_mut(&run).expect("I5: an attempt of a run that is over");
        assert_eq!(run.state, State::Running, "I10: an attempt without a place");
        assert_eq!(run.attempts + 1, attempt);
        let retry = &self.tasks[run.task].planned.retry;
        if let MaxRetries::Limited(max) = retry.max {
            assert!(attempt <= max + 1, "I7: attempt {attempt} of {max} retries");
        }
        (run.attempts, run.begun) = (attempt, true);
    }

    /// Whether and when an attempt is followed by another, by the books.
    pub(super) fn delay_is_right(
        &self,
        run: RunId,
        attempt: u32,
        end: &AttemptEnd,
        now: Mono,
        deadline: Option<Mono>,
        delay: Option<Duration>,
    ) {
        let Some(run) = self.runs.get(&run) else { return };
        let retry = &self.tasks[run.task].planned.retry;
        let worth = match end.outcome {
            Outcome::Failed => end.retryable,
            Outcome::TimedOut => !end.late && !end.by_deadline,
            Outcome::Panicked => retry.panics,
            _ => false,
        };
        let left = !matches!(retry.max, MaxRetries::Limited(max) if attempt > max);
        let grown = retry.backoff.delay.as_secs_f64() * retry.backoff.factor.powf(f64::from(attempt) - 1.0);
        let most = end
            .retry_after
            .unwrap_or(Duration::from_secs_f64(grown.min(retry.backoff.max_delay.as_secs_f64())));
        let passes = |delay: Duration| deadline.is_some_and(|deadline| now.plus(delay) >= deadline);
        match delay {
            None => assert!(!worth || !left || passes(most), "I7: no retry after attempt {attempt}: {end:?}"),
            Some(delay) => {
                assert!(worth && left && !passes(delay), "I7: a retry after attempt {attempt}: {end:?}");
                let exact = end.retry_after.is_some() || retry.backoff.jitter == Jitter::Off;
                let slack = Duration::from_nanos(2);
                assert!(delay <= most + slack, "I7: {delay:?} is longer than {most:?}");
                assert!(!exact || delay + slack >= most, "I7: {delay:?} is shorter than {most:?}");
            }
        }
    }

    /// Books what the call itself means, before what the engine makes of it.
    pub(super) fn before(&mut self, call: &Call, now: Now) {
        match call {
            Call::Ended(run, _) => self.free(*run, now),
            Call::Cancel(run) if self.runs.get(run).is_some_and(|run| run.state != State::Running) => {
                self.free(*run, now);
            }
            Call::RetryWaits(run) => {
                let Some(living) = self.runs.get_mut(run) else { return };
                living.state = State::Retrying { queued: false };
                living.stuck = false;
                let task = living.task;
                if let Some(pool) = self.pool(task) {
                    self.used[pool] -= 1;
                }
            }
            Call::Stop(t0, budget) if self.stopping.is_some() => self.begin_stop(*t0, *budget, now),
            _ => {}
        }
    }

    /// A run stops holding its place.
    fn free(&mut self, run: RunId, now: Now) {
        let Some(living) = self.runs.get_mut(&run) else { return };
        let (task, state) = (living.task, living.state);
        // It neither waits nor runs any more, but is over only with its result.
        living.state = State::Retrying { queued: false };
        if let (State::Running, Some(pool)) = (state, self.pool(task)) {
            self.used[pool] -= 1;
        }
        self.serve(run, now);
    }

    fn serve(&mut self, run: RunId, now: Now) {
        let Some(living) = self.runs.get_mut(&run) else { return };
        let first = living.trigger == Trigger::Schedule && !std::mem::replace(&mut living.served, true);
        if let (true, None, Some(slots)) = (first, &self.stopping, &mut self.tasks[living.task].slots) {
            slots.served(now);
        }
    }

    /// Books what the engine did, and checks it.
    pub(super) fn after(&mut self, call: &Call, created: Vec<RunFacts>, actions: &[Action], now: Now) {
        if matches!(call, Call::Begin) {
            for task in 0..self.tasks.len() {
                let planned = Arc::clone(&self.tasks[task].planned);
                if planned.is_enabled() && planned.after.is_empty() {
                    self.open(task, now);
                }
            }
        }
        if let (Call::Tick, None) = (call, &self.stopping) {
            self.look(actions, now);
        }
        if let Call::Ready(run) = call
            && let Some(run) = self.runs.get(run)
        {
            self.met(run.task, now);
        }
        // What follows from an end is wanted after its result.
        let ends_first = matches!(call, Call::Ended(..) | Call::Cancel(_));
        let mut created = Some(created);
        if !ends_first {
            self.create(call, created.take().unwrap_or_default(), now);
        }
        for action in actions {
            self.action(call, action, now);
            if let Action::Emit(EventKind::RunEnded { .. }) = action {
                self.create(call, created.take().unwrap_or_default(), now);
            }
        }
        assert!(created.is_none_or(|created| created.is_empty()), "I9: a run without a cause in {call:?}");
        assert!(!self.must_stop || self.stopping.is_some(), "an essential task failed and nothing stopped");
        self.fates_agree(now);
        self.nothing_is_left(call, now);
    }

    fn look(&mut self, actions: &[Action], now: Now) {
        let back = match self.seen.replace(now) {
            Some(seen) => wall_since(later(seen.wall, now.mono.since(seen.mono)), now.wall),
            None => Duration::ZERO,
        };
        for action in actions {
            if let Action::Emit(EventKind::ClockStepped { task, .. }) = action {
                let index = self.index(task);
                let task = &mut self.tasks[index];
                task.slots.as_mut().unwrap().stepped(back, now);
                task.last_slot = None;
            }
        }
        for task in &mut self.tasks {
            if let (true, Some(slots)) = (task.opened, &mut task.slots) {
                task.expected = Some(slots.look(now));
            }
        }
    }

    fn open(&mut self, task: usize, now: Now) {
        let task = &mut self.tasks[task];
        assert!(!std::mem::replace(&mut task.opened, true));
        if let Some(slots) = &mut task.slots {
            task.expected = Some(slots.open(now));
        }
    }

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

    fn create(&mut self, call: &Call, created: Vec<RunFacts>, now: Now) {
        for facts in created {
            let task = self.index(&facts.task);
            let planned = Arc::clone(&self.tasks[task].planned);
            assert!(self.stopping.is_none(), "I5: a run is wanted after the stop");
            assert!(planned.is_enabled(), "a run of a disabled task");
            if facts.trigger != Trigger::Manual {
                assert!(self.tasks[task].opened, "I12: {} before what it is after", planned.name);
            }
            if planned.overlap == Overlap::Skip {
                assert_eq!(self.live_runs(task), 0, "I4, I10: two runs of {}", planned.name);
            }
            assert!(self.count(task, |run| run.stuck) < MAX_STUCK, "a run beside 16 stuck threads");
            assert!(self.count(task, |run| run.state == State::Waiting) < MAX_WAITING);
            match facts.trigger {
                Trigger::Schedule => {
                    let fates = &mut self.tasks[task].fates;
                    assert!(
                        fates.fired.replace(facts.scheduled_at.unwrap()).is_none(),
                        "I1: two runs of one look"
                    );
                }
                Trigger::Manual => assert!(matches!(call, Call::Want)),
                _ => {}
            }
            self.runs.insert(
                facts.id,
                Run {
                    task,
                    trigger: facts.trigger,
                    scheduled_at: facts.scheduled_at,
                    state: State::Waiting,
                    since: now.mono,
                    begun: false,
                    attempts: 0,
                    stuck: false,
                    served: false,
                    told: false,
                },
            );
        }
    }

    /// A run is given its place, from the queue or at once.
    fn takes_place(&mut self, id: RunId, now: Now) {
        let run = &self.runs[&id];
        let Some(pool) = self.pool(run.task) else { return };
        let stands = |run: &Run| {
            let level = self.tasks[run.task].planned.priority as u64;
            (level.saturating_sub(now.mono.since(run.since).as_secs() / 5), run.since)
        };
        let mine = stands(run);
        for (other, waiting) in &self.runs {
            let waits = matches!(waiting.state, State::Waiting | State::Retrying { queued: true });
            if waits && *other != id && self.pool(waiting.task) == Some(pool) {
                assert!(mine <= stands(waiting), "I11: {run:?} passes {waiting:?} at {:?}", now.mono);
            }
        }
        self.used[pool] += 1;
        assert!(self.used[pool] <= self.plan.pools[pool].size, "I4: a pool has more runs than places");
    }

    fn action(&mut self, call: &Call, action: &Action, now: Now) {
        match action {
            Action::Start(wanted) => {
                assert!(self.stopping.is_none(), "I5: a start after the stop");
                let id = wanted.cell.facts().id;
                let run = self.runs.get_mut(&id).expect("I9: a start of a run that is over");
                assert_eq!(run.state, State::Waiting, "I9: a second start");
                self.takes_place(id, now);
                self.runs.get_mut(&id).unwrap().state = State::Running;
            }
            Action::Tell(cell, command) => self.told(cell.facts().id, *command, now),
            Action::Emit(event) => self.event(call, event, now),
            Action::Ended => {
                let stop = self.stopping.as_mut().expect("ended without a stop");
                assert!(!std::mem::replace(&mut stop.ended, true), "ended twice");
                assert!(self.runs.is_empty(), "I6: over with living runs");
            }
            Action::Discard(_) | Action::Deliver(..) | Action::ShutdownBegan => {}
        }
    }

    fn told(&mut self, id: RunId, command: Command, now: Now) {
        if command == Command::Granted {
            assert!(self.stopping.is_none(), "I5: a place is given after the stop");
            assert_eq!(self.runs[&id].state, State::Retrying { queued: true });
            self.takes_place(id, now);
            self.runs.get_mut(&id).unwrap().state = State::Running;
        }
        if matches!(command, Command::Stop | Command::Drop) {
            let stop = self.stopping.as_ref().expect("told to stop without a stop");
            let run = self.runs.get(&id).expect("a run that is over is told to stop");
            let planned = &self.tasks[run.task].planned;
            let drain_is_over = now.mono >= stop.t0.plus(stop.budget.saturating_sub(Duration::from_secs(1)));
            let right = match command {
                Command::Stop => planned.on_shutdown == OnShutdown::Cancel,
                _ => drain_is_over || planned.on_shutdown == OnShutdown::Drop,
            };
            assert!(right, "{} was told {command:?}", planned.name);
            assert!(
                self.half_is_over(now) || !self.is_needed(run.task),
                "{} was told to stop before its dependants ended",
                planned.name
            );
            self.runs.get_mut(&id).unwrap().told = true;
        }
    }

    fn half_is_over(&self, now: Now) -> bool {
        self.stopping.as_ref().is_some_and(|stop| {
            now.mono >= stop.t0.plus(stop.budget.saturating_sub(Duration::from_secs(1)) / 2)
        })
    }

    /// Whether a run lives that was declared after this task, however far.
    fn is_needed(&self, task: usize) -> bool {
        let mut above: Vec<bool> = vec![false; self.tasks.len()];
        above[task] = true;
        loop {
            let before = above.iter().filter(|above| **above).count();
            for other in 0..self.tasks.len() {
                let planned = &self.tasks[other].planned;
                above[other] |= planned.is_enabled() && planned.after.iter().any(|at| above[at.0 as usize]);
            }
            if above.iter().filter(|above| **above).count() == before {
                break;
            }
        }
        self.runs.values().any(|run| run.task != task && above[run.task])
    }

    fn event(&mut self, call: &Call, event: &EventKind, now: Now) {
        match event {
            EventKind::RunEnded { result, .. } => {
                let named = if self.stopping.is_some() { Outcome::Interrupted } else { Outcome::Cancelled };
                let (outcome, own) = match call {
                    Call::Ended(run, outcome) if *run == result.run => (*outcome, true),
                    Call::Cancel(run) if *run == result.run => (Outcome::Cancelled, true),
                    Call::RetryWaits(run) if *run == result.run => (result.outcome, false),
                    Call::Abandon => (Outcome::Abandoned, false),
                    Call::Tick if self.stopping.is_some() => (Outcome::Abandoned, false),
                    _ => (named, false),
                };
                assert_eq!(result.outcome, outcome, "I9: {result:?} in {call:?}");
                if !own {
                    self.free(result.run, now);
                }
                self.ended(result.run, result.outcome, result.attempts, result.scheduled_at, now);
            }
            EventKind::FiringSkipped { task, reason, count, first, .. } => {
                self.skipped(task, *reason, *count, *first, now);
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
            EventKind::Blocked { task, .. } => {
                let index = self.index(task);
                assert!(!self.tasks[index].opened, "I12: {task} is blocked and has started");
                self.must_stop |= self.tasks[index].planned.essential;
            }
            _ => {}
        }
    }

    /// When a stop began, as whoever asked for it knows; `t0` may lie before now.
    fn begin_stop(&mut self, t0: Mono, budget: Duration, now: Now) {
        let budget = budget.clamp(Duration::from_secs(2), self.plan.budget.max(Duration::from_secs(2)));
        match &mut self.stopping {
            // Shortened into the past it ends now, with its last second whole.
            Some(stop) => {
                stop.t0 = stop.t0.min(t0);
                let least = now.mono.since(stop.t0) + Duration::from_secs(1);
                stop.budget = stop.budget.min(budget.max(least));
            }
            None => self.stopping = Some(Stopping { t0, budget, ended: false }),
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.is_some()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.stopping.as_ref().is_some_and(|stop| stop.ended)
    }

    fn ended(&mut self, id: RunId, outcome: Outcome, attempts: u32, at: Option<Timestamp>, now: Now) {
        let run = self.runs.remove(&id).expect("I9: a second result");
        assert_eq!((run.attempts, run.scheduled_at), (attempts, at), "I9: the result of {id:?}");
        let task = &mut self.tasks[run.task];
        task.outcomes[outcome as usize] += 1;
        self.results += 1;
        let counts = !matches!(run.trigger, Trigger::Manual | Trigger::Spawn);
        self.must_stop |= task.planned.essential && counts && outcome.is_failure();
        if task.planned.schedule.is_none() && outcome == Outcome::Succeeded {
            self.met(run.task, now);
        }
    }

    fn skipped(&mut self, task: &str, reason: SkipReason, count: u64, first: Timestamp, now: Now) {
        let index = self.index(task);
        *self.tasks[index].skips.entry(reason).or_default() += count;
        let refused = match reason {
            SkipReason::Overlap => {
                let allowed = self.tasks[index].planned.overlap == Overlap::Allow;
                assert!(!allowed && self.live_runs(index) > 0, "I1: {task} is skipped and nothing runs");
                true
            }
            SkipReason::Capacity => {
                let full = self.count(index, |run| run.state == State::Waiting) >= MAX_WAITING;
                assert!(
                    full || self.count(index, |run| run.stuck) >= MAX_STUCK,
                    "I1: no capacity for {task}"
                );
                true
            }
            SkipReason::Misfire => {
                self.tasks[index].fates.misfired += count;
                false
            }
            SkipReason::DstGap => {
                self.tasks[index].fates.in_gap += count;
                false
            }
            SkipReason::Paused => panic!("nothing is paused"),
            SkipReason::Shutdown => panic!("I5: a firing after the stop"),
        };
        if refused {
            let task = &mut self.tasks[index];
            assert!(count == 1 && task.fates.refused.replace(first).is_none(), "I1: two refusals");
            if let Some(slots) = &mut task.slots {
                slots.served(now);
            }
        }
    }

    /// I1: what was due became a run or a skip, once.
    fn fates_agree(&mut self, now: Now) {
        for task in &mut self.tasks {
            let fates = std::mem::take(&mut task.fates);
            let expected = task.expected.take().unwrap_or_default();
            let name = &task.planned.name;
            assert_eq!(fates.misfired, expected.misfired, "I1: misfires of {name}; {expected:?}");
            assert_eq!(fates.in_gap, expected.in_gap, "I1: gaps of {name}; {expected:?}");
            assert!(fates.fired.is_none() || fates.refused.is_none(), "I1: {name} ran and was skipped");
            match (fates.fired.or(fates.refused), expected.fires) {
                (None, None) => {}
                (Some(seen), Some(slot)) => {
                    if let Some(slots) = &task.slots {
                        slots.check_name(slot, seen, task.was_set, now);
                    }
                    // A firing at the start may share its instant with the first slot.
                    assert!(task.last_slot.is_none_or(|last| last < seen), "I3: {name} at {seen} again");
                    task.last_slot = Some(seen);
                }
                (seen, slot) => panic!("I1, I2, I12: {name} fired at {seen:?}, due was {slot:?}"),
            }
        }
    }

    fn nothing_is_left(&mut self, call: &Call, now: Now) {
        for (id, run) in &self.runs {
            let pool = self.pool(run.task);
            let waits = matches!(run.state, State::Waiting | State::Retrying { queued: true });
            match pool {
                None => assert!(!waits, "I4: {id:?} waits for no pool"),
                Some(pool) if waits => {
                    assert_eq!(
                        self.used[pool], self.plan.pools[pool].size,
                        "I4: {id:?} waits before a free place"
                    );
                }
                Some(_) => {}
            }
            if self.stopping.is_some() {
                assert!(run.state == State::Running && run.begun, "I5: {run:?} goes on after the stop");
                let silent = self.tasks[run.task].planned.on_shutdown == OnShutdown::Finish;
                let may_wait = !(self.half_is_over(now) && matches!(call, Call::Tick));
                assert!(
                    silent || run.told || may_wait && self.is_needed_or_was(run.task, now),
                    "{run:?} was not told"
                );
            }
        }
        if let Some(stop) = &self.stopping {
            assert!(!self.runs.is_empty() || stop.ended, "I6: nothing is left and it goes on");
            let over = stop.t0.plus(stop.budget.saturating_sub(Duration::from_millis(500)));
            let looked = matches!(call, Call::Tick | Call::Abandon);
            assert!(
                !looked || now.mono < over || self.runs.is_empty(),
                "I6: runs after the end: {:?}",
                self.runs
            );
        }
    }

    /// Dependants live; at half the drain the next look decides.
    fn is_needed_or_was(&self, task: usize, now: Now) -> bool {
        self.half_is_over(now) || self.is_needed(task)
    }

    /// I9: the engine's own counts, against the books.
    pub(super) fn counts_agree(&self, core: &Core, now: Now) {
        for (index, info) in core.task_infos(now).iter().enumerate() {
            let task = &self.tasks[index];
            let waiting = self.count(index, |run| run.state == State::Waiting);
            let living = self.live_runs(index) as u32;
            assert_eq!(
                (info.running, info.waiting),
                (living - waiting, waiting),
                "I9: counts of {}",
                info.name
            );
            for outcome in Outcome::ALL {
                assert_eq!(
                    info.counts.runs(outcome),
                    task.outcomes[outcome as usize],
                    "I9: {outcome:?} of {}",
                    info.name
                );
            }
            for reason in SkipReason::ALL {
                let skips = task.skips.get(&reason).copied().unwrap_or_default();
                assert_eq!(info.counts.skips(reason), skips, "I9: {reason:?} of {}", info.name);
            }
        }
        assert!(
            core.run_infos(now).iter().map(|info| info.run).eq(self.runs.keys().copied()),
            "I9: living runs"
        );
    }

    /// I8: the engine wants to look again in time, and not at once.
    pub(super) fn wake_is_right(&self, wake: Mono, ticked: bool, now: Now) {
        assert!(!ticked || wake > now.mono, "I8: it spins");
        if self.stopping.is_some() {
            return;
        }
        for task in self.tasks.iter().filter(|task| task.opened) {
            if let Some(slots) = &task.slots {
                let latest = slots.latest_wake(now, self.virtual_time);
                assert!(
                    wake <= latest,
                    "I8: {} is due at {latest:?}, the next look is at {wake:?}",
                    task.planned.name
                );
            }
        }
    }

    /// What a manual start must answer.
    pub(super) fn answers(&self, task: TaskIndex, refusal: Option<Refusal>) {
        let index = task.0 as usize;
        let planned = &self.tasks[index].planned;
        let expected = if self.stopping.is_some() {
            Some(Refusal::Shutdown)
        } else if !planned.is_enabled() {
            Some(Refusal::Disabled)
        } else if planned.overlap == Overlap::Skip && self.live_runs(index) > 0 {
            Some(Refusal::Overlap)
        } else if self.count(index, |run| run.stuck) >= MAX_STUCK
            || self.count(index, |run| run.state == State::Waiting) >= MAX_WAITING
        {
            Some(Refusal::Capacity)
        } else {
            None
        };
        assert_eq!(refusal, expected, "the answer to a start of {}", planned.name);
    }

    pub(super) fn place(&mut self, run: RunId, has_place: bool, now: Now) {
        let Some(living) = self.runs.get_mut(&run) else {
            assert!(!has_place, "I5: a place for a run that is over");
            return;
        };
        assert_eq!(living.state, State::Retrying { queued: false });
        (living.state, living.since) = (State::Retrying { queued: true }, now.mono);
        if has_place {
            self.takes_place(run, now);
            self.runs.get_mut(&run).unwrap().state = State::Running;
        }
    }
}
