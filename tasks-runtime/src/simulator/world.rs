//! Two clocks, an executor and a guard, all simulated: one program from its
//! start to the end of its shutdown.

mod ops;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use tasks_core::{
    __private::{RunCell, RunFacts},
    RunId,
};

use super::{
    body::{Body, Step},
    model::{Call, Error, Model},
    program::{Program, Size},
};
use crate::{
    clock::{Mono, Now},
    engine::{Action, Core, Mode, no_host::no_host},
    run::{AttemptEnd, Command, next_delay},
};

/// Calls at one instant; more is a loop that makes no progress.
const MOST_AT_ONCE: u32 = 5000;

pub(super) struct World {
    size: Size,
    rng: Rng,
    core: Core,
    model: Model,
    created: Arc<Mutex<Vec<RunFacts>>>,
    mono: u64,
    wall: Timestamp,
    bodies: BTreeMap<RunId, Body>,
    polls: BinaryHeap<Reverse<(Mono, RunId)>>,
    timer: Mono,
    /// The executor does nothing before this.
    stalled_until: Mono,
    next_op: Mono,
    stop_at: Mono,
    guard_did: u8,
    calls_at_once: u32,
    trace: bool,
    steps: u64,
}

/// What a simulated program did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Played {
    pub(super) steps: u64,
    pub(super) results: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Guard,
    Stop,
    Op,
    Timer,
    Poll(RunId),
}

impl World {
    pub(super) fn new(size: Size, mut rng: Rng, trace: bool) -> Self {
        let program = Program::random(&mut rng, size);
        let created: Arc<Mutex<Vec<RunFacts>>> = Arc::default();
        let log = Arc::clone(&created);
        let make = move |facts: RunFacts| {
            log.lock().unwrap_or_else(PoisonError::into_inner).push(facts.clone());
            Arc::new(RunCell::new(facts))
        };
        let mode = Mode { virtual_time: !size.disturbed, ..Mode::default() };
        let plan = Arc::clone(&program.plan);
        let horizon = size.horizon.as_nanos() as u64;
        Self {
            core: Core::new(
                Arc::clone(&plan),
                mode,
                no_host(),
                Box::new(make),
                Box::new(|_| None),
                rng.fork(),
            ),
            model: Model::new(plan, mode.virtual_time),
            created,
            mono: 1_000_000_000,
            wall: program.start,
            bodies: BTreeMap::new(),
            polls: BinaryHeap::new(),
            timer: Mono::NEVER,
            stalled_until: Mono(0),
            next_op: Mono(1_000_000_000),
            stop_at: Mono(
                1_000_000_000 + if size.whole || rng.bool() { horizon } else { rng.u64(0..horizon) },
            ),
            guard_did: 0,
            calls_at_once: 0,
            trace,
            steps: 0,
            size,
            rng,
        }
    }

    fn now(&self) -> Now {
        Now { mono: Mono(self.mono), wall: self.wall }
    }

    pub(super) fn play(mut self) -> Played {
        self.call(Call::Begin, |core, now| core.begin(now, Vec::new()));
        self.tick();
        while let Some((at, event)) = self.next() {
            self.pass_to(at);
            self.steps += 1;
            match event {
                Event::Guard => self.guard(),
                Event::Stop => self.stop(),
                Event::Op => self.op(),
                Event::Timer => self.tick(),
                Event::Poll(run) => self.poll(run),
            }
        }
        assert!(self.model.has_ended(), "I6: nothing is left to do and it is not over");
        Played { steps: self.steps, results: self.model.results }
    }

    /// What comes next. The executor's part waits for the end of a stall; the
    /// guard has a thread of its own.
    fn next(&mut self) -> Option<(Mono, Event)> {
        while let Some(Reverse((at, run))) = self.polls.peek()
            && self.bodies.get(run).is_none_or(|body| body.at != *at)
        {
            self.polls.pop();
        }
        let after_stall = |at: Mono| if at == Mono::NEVER { at } else { at.max(self.stalled_until) };
        let stopping = self.model.is_stopping();
        let guard = match (self.model.abandon_at(), self.guard_did) {
            (Some((drain_end, _)), 0) => drain_end,
            (Some((_, abandon_at)), 1) => abandon_at,
            _ => Mono::NEVER,
        };
        let poll = self.polls.peek().map(|Reverse((at, run))| (after_stall(*at), Event::Poll(*run)));
        let timer = if self.model.has_ended() { Mono::NEVER } else { after_stall(self.timer) };
        let over = self.model.has_ended();
        let events = [
            Some((guard, Event::Guard)),
            Some((if stopping { Mono::NEVER } else { self.stop_at }, Event::Stop)),
            Some((if over { Mono::NEVER } else { self.next_op }, Event::Op)),
            Some((timer, Event::Timer)),
            poll,
        ];
        let first = events.into_iter().flatten().filter(|(at, _)| *at < Mono::NEVER).min()?;
        // Which of the timer and a run comes first at one moment is anybody's guess.
        match (first, poll) {
            ((at, Event::Timer), Some(poll)) if poll.0 == at && self.rng.bool() => Some(poll),
            _ => Some(first),
        }
    }

    fn pass_to(&mut self, at: Mono) {
        if at.0 > self.mono {
            self.wall += SignedDuration::from_nanos((at.0 - self.mono) as i64);
            self.mono = at.0;
            self.calls_at_once = 0;
        }
    }

    /// Tells the engine something, carries out what follows, and checks all of it.
    fn call<R>(&mut self, call: Call, tell: impl FnOnce(&mut Core, Now) -> R) -> R {
        self.calls_at_once += 1;
        assert!(self.calls_at_once < MOST_AT_ONCE, "I8: unbounded steps at one instant");
        let now = self.now();
        self.model.before(&call, now);
        let answer = tell(&mut self.core, now);
        let actions = self.core.take_actions(Vec::new());
        let created = std::mem::take(&mut *self.created.lock().unwrap_or_else(PoisonError::into_inner));
        if self.trace && !(matches!(call, Call::Tick) && actions.is_empty()) {
            println!("{:.9} {} {call:?}", self.mono as f64 / 1e9, self.wall);
            for action in &actions {
                println!("    {action:?}");
            }
        }
        let quiet = actions.is_empty() && created.is_empty() && matches!(call, Call::Tick);
        self.model.after(&call, created, &actions, &self.core, now);
        for action in actions {
            match action {
                Action::Start(wanted) => {
                    let at = now.mono.plus(self.latency());
                    let run = wanted.cell.id();
                    self.bodies.insert(run, Body::new(wanted, at));
                    self.polls.push(Reverse((at, run)));
                }
                Action::Tell(cell, command) => self.give(&cell, command),
                Action::TellAll(runs) => {
                    runs.iter().for_each(|(cell, command)| self.give(cell, *command));
                }
                _ => {}
            }
        }
        if !quiet && (self.size.tasks < 20 || self.steps.is_multiple_of(512)) {
            self.model.counts_agree(&self.core, now);
        }
        let wake = self.core.next_wake(now);
        self.model.wake_is_right(wake, matches!(call, Call::Tick), now);
        if wake < self.timer || matches!(call, Call::Tick) {
            self.timer = if wake == Mono::NEVER { wake } else { wake.plus(self.latency()) };
        }
        answer
    }

    /// How late the executor is.
    fn latency(&mut self) -> Duration {
        match self.rng.u8(..8) {
            0..=3 => Duration::ZERO,
            4..=6 => Duration::from_micros(self.rng.u64(0..1500)),
            _ if self.size.disturbed => self.size.scale.mul_f64(self.rng.f64() / 20.0),
            _ => Duration::ZERO,
        }
    }

    fn tick(&mut self) {
        self.timer = Mono::NEVER;
        self.call(Call::Tick, |core, now| core.tick(now));
    }

    fn give(&mut self, cell: &RunCell, command: Command) {
        command.give(cell);
        self.wake(cell.id());
    }

    fn wake(&mut self, run: RunId) {
        let now = self.now().mono;
        let Some(body) = self.bodies.get(&run) else { return };
        // A thread inside a poll sees nothing before it comes back.
        if body.blocked_until(now).is_none() && body.at > now {
            self.poll_at(run, now);
        }
    }

    fn poll_at(&mut self, run: RunId, at: Mono) {
        if let Some(body) = self.bodies.get_mut(&run) {
            body.at = at;
            if at < Mono::NEVER {
                self.polls.push(Reverse((at, run)));
            }
        }
    }

    fn poll(&mut self, run: RunId) {
        let now = self.now();
        let (scale, rng) = (self.size.scale, &mut self.rng);
        let Some(body) = self.bodies.get_mut(&run) else { return };
        let step = body.poll(now, scale, rng);
        let attempt = body.attempt;
        match step {
            Step::Sleep(at) => self.poll_at(run, at),
            Step::Begun => {
                self.model.attempt_begins(run, attempt, now);
                self.poll_at(run, now.mono);
            }
            Step::Ready => {
                self.call(Call::Ready(run), |core, now| core.ready(run, now));
                self.poll_at(run, now.mono);
            }
            Step::AttemptEnded(end) => self.attempt_ended(run, end),
            Step::RetryIsDue => {
                let has_place = self.retry_is_due(run);
                if let Some(body) = self.bodies.get_mut(&run) {
                    match has_place {
                        true => body.begin_again(),
                        false => body.wait_for_place(),
                    }
                    self.poll_at(run, if has_place { now.mono } else { Mono::NEVER });
                }
            }
            Step::Over => {
                self.bodies.remove(&run);
            }
        }
    }

    fn retry_is_due(&mut self, run: RunId) -> bool {
        let now = self.now();
        let has_place = self.core.retry_is_due(run, now);
        let pooled = self.bodies.get(&run).is_some_and(|body| body.task.pool.is_some());
        assert!(has_place || pooled, "I10: a retry waits for no pool");
        self.model.place(run, has_place, now);
        self.call(Call::RetryIsDue, |_, _| ());
        has_place
    }

    fn attempt_ended(&mut self, run: RunId, end: AttemptEnd) {
        let now = self.now();
        let random = self.rng.f64();
        let body = &self.bodies[&run];
        let (attempt, deadline) = (body.attempt, body.deadline());
        let delay = next_delay(&body.task.retry, attempt, &end, now.mono, deadline, random);
        self.model.delay_is_right(run, attempt, &end, now.mono, deadline, delay);
        let Some(delay) = delay else {
            let outcome = end.outcome;
            let error = Error { fatal: end.fatal, asks_for: end.retry_after.unwrap_or_default() };
            self.bodies.remove(&run);
            self.call(Call::Ended(run, outcome, error), |core, now| core.ended(run, end, attempt, now));
            return;
        };
        body.cell.set_stuck_after(u64::MAX);
        let waits =
            self.call(Call::RetryWaits(run), |core, now| core.retry_waits(run, end, attempt, delay, now));
        assert_eq!(waits, self.model.is_living(run), "I5: a run that is over waits for a retry");
        match waits {
            true => {
                let until = now.mono.plus(delay);
                if let Some(body) = self.bodies.get_mut(&run) {
                    body.wait(until);
                }
                self.poll_at(run, until);
            }
            false => drop(self.bodies.remove(&run)),
        }
    }
}
