//! One run as its Tokio task would live it: attempts, limits, commands, retries.
//!
//! The rules are those of `run/supervise.rs`; what the body does is random.

mod begin;

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use tasks_core::{__private::RunCell, Outcome};

use crate::{
    clock::{Mono, Now},
    plan::Planned,
    run::{AttemptEnd, Command, Wanted},
};

/// What a poll leads to.
#[derive(Debug)]
pub(super) enum Step {
    Sleep(Mono),
    /// The first attempt, or another one, begins.
    Begun,
    Ready,
    AttemptEnded(AttemptEnd),
    /// The wait between two attempts is over.
    RetryIsDue,
    Over,
}

#[derive(Clone, Copy, Debug)]
struct Limit {
    at: Mono,
    hard: Mono,
    by_deadline: bool,
}

#[derive(Clone, Copy, Debug)]
enum Asked {
    Limit(Mono),
    TimeBox(Mono),
    Cancel(Mono),
    Shutdown,
}

#[derive(Clone, Copy, Debug)]
enum Return {
    Ok,
    Err { fatal: bool, retry_after: Option<Duration> },
    Panic,
}

#[derive(Debug)]
struct Alive {
    limit: Option<Limit>,
    /// The time box, and the end of the grace after it.
    time_box: Option<(Mono, Mono)>,
    asked: Option<Asked>,
    ends_at: Mono,
    returns: Return,
    ready_at: Option<Mono>,
    /// When it will hold its thread, and for how long.
    blocks: Option<(Mono, Duration)>,
    /// It is inside a poll, since when and until when.
    held: Option<(Mono, Mono)>,
    /// How long it goes on once its token is cancelled.
    heeds: Option<Duration>,
}

#[derive(Debug)]
enum Stage {
    Begin,
    Alive(Alive),
    Wait(Mono),
    Place,
    Over,
}

#[derive(Debug)]
pub(super) struct Body {
    pub(super) cell: Arc<RunCell>,
    pub(super) task: Arc<Planned>,
    /// When it is polled next.
    pub(super) at: Mono,
    pub(super) attempt: u32,
    stage: Stage,
}

impl Body {
    pub(super) fn new(wanted: Wanted, at: Mono) -> Self {
        Self { cell: wanted.cell, task: wanted.task, at, attempt: 0, stage: Stage::Begin }
    }

    /// In a poll that holds its thread until then.
    pub(super) fn blocked_until(&self, now: Mono) -> Option<Mono> {
        match &self.stage {
            Stage::Alive(alive) => alive.held.map(|(_, until)| until).filter(|until| now < *until),
            _ => None,
        }
    }

    pub(super) fn blocked_since(&self) -> Option<Mono> {
        match &self.stage {
            Stage::Alive(alive) => alive.held.map(|(since, _)| since),
            _ => None,
        }
    }

    pub(super) fn wait(&mut self, until: Mono) {
        self.stage = Stage::Wait(until);
    }

    pub(super) fn begin_again(&mut self) {
        self.stage = Stage::Begin;
    }

    pub(super) fn wait_for_place(&mut self) {
        self.stage = Stage::Place;
    }

    pub(super) fn deadline(&self) -> Option<Mono> {
        let (started, _) = self.cell.started()?;
        Some(Mono(started).plus(self.task.deadline?))
    }

    fn grace(&self) -> Duration {
        if self.task.listens { self.task.grace } else { Duration::ZERO }
    }

    pub(super) fn poll(&mut self, now: Now, scale: Duration, rng: &mut Rng) -> Step {
        let commands = self.cell.commands();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begin => match Command::begin(&self.cell) {
                true => self.begin(now, scale, rng),
                false => Step::Over,
            },
            Stage::Alive(alive) => self.poll_body(alive, commands, now),
            _ if Command::Gone.is_in(commands) => Step::Over,
            Stage::Wait(until) if now.mono < until => {
                self.stage = Stage::Wait(until);
                Step::Sleep(until)
            }
            Stage::Wait(_) => Step::RetryIsDue,
            Stage::Place if Command::Granted.is_in(commands) => {
                self.cell.clear_command(Command::Granted as u8);
                self.stage = Stage::Begin;
                Step::Sleep(now.mono)
            }
            Stage::Place => {
                self.stage = Stage::Place;
                Step::Sleep(Mono::NEVER)
            }
            Stage::Over => Step::Over,
        }
    }

    fn poll_body(&mut self, mut alive: Alive, commands: u8, now: Now) -> Step {
        if alive.held.is_some() {
            // The poll that held the thread is over, and so is the body.
            return Step::AttemptEnded(self.classify(&alive, now));
        }
        if Command::Gone.is_in(commands) {
            return Step::Over;
        }
        if Command::Drop.is_in(commands) {
            return Step::AttemptEnded(AttemptEnd::new(Outcome::Interrupted));
        }
        if Command::Cancel.is_in(commands) && !matches!(alive.asked, Some(Asked::Cancel(_) | Asked::Limit(_)))
        {
            let until = now.mono.plus(self.grace());
            alive.asked = Some(Asked::Cancel(until));
            self.cell.set_stuck_after(until.0);
            heed(&mut alive, now);
        }
        if Command::Stop.is_in(commands) && alive.asked.is_none() {
            alive.asked = Some(Asked::Shutdown);
            heed(&mut alive, now);
        }
        if let (Some((at, until)), None | Some(Asked::Shutdown)) = (alive.time_box, alive.asked)
            && now.mono >= at
        {
            alive.asked = Some(Asked::TimeBox(until));
            heed(&mut alive, now);
        }
        if let (Some(limit), None | Some(Asked::Shutdown | Asked::TimeBox(_))) = (alive.limit, alive.asked)
            && now.mono >= limit.at
        {
            alive.asked = Some(Asked::Limit(limit.hard));
            heed(&mut alive, now);
        }
        match alive.asked {
            Some(Asked::Limit(until)) if now.mono >= until => {
                let by_deadline = alive.limit.is_some_and(|limit| limit.by_deadline);
                return Step::AttemptEnded(AttemptEnd { by_deadline, ..AttemptEnd::new(Outcome::TimedOut) });
            }
            Some(Asked::TimeBox(until)) if now.mono >= until => {
                return Step::AttemptEnded(AttemptEnd::new(Outcome::TimedOut));
            }
            Some(Asked::Cancel(until)) if now.mono >= until => {
                return Step::AttemptEnded(AttemptEnd::new(Outcome::Cancelled));
            }
            _ => {}
        }
        if alive.ready_at.is_some_and(|at| at <= now.mono) {
            alive.ready_at = None;
            self.stage = Stage::Alive(alive);
            return Step::Ready;
        }
        if let Some((from, length)) = alive.blocks
            && from <= now.mono
        {
            let until = now.mono.plus(length);
            alive.held = Some((now.mono, until));
            self.stage = Stage::Alive(alive);
            return Step::Sleep(until);
        }
        if alive.ends_at <= now.mono {
            return Step::AttemptEnded(self.classify(&alive, now));
        }
        let own = [Some(alive.ends_at), alive.ready_at, alive.blocks.map(|(from, _)| from)];
        let limit = alive.limit.map(|limit| limit.at);
        let asked = match alive.asked {
            Some(Asked::Limit(until) | Asked::Cancel(until)) => Some(until),
            Some(Asked::TimeBox(until)) => Some(limit.map_or(until, |limit| limit.min(until))),
            None | Some(Asked::Shutdown) => {
                [limit, alive.time_box.map(|(at, _)| at)].into_iter().flatten().min()
            }
        };
        self.stage = Stage::Alive(alive);
        let next = own.into_iter().chain([asked]).flatten().min();
        Step::Sleep(next.unwrap_or(Mono::NEVER).max(Mono(now.mono.0 + 1)))
    }

    fn classify(&self, alive: &Alive, now: Now) -> AttemptEnd {
        let commands = self.cell.commands();
        let cancelled = Command::Cancel.is_in(commands) && !matches!(alive.asked, Some(Asked::Limit(_)));
        if let Return::Panic = alive.returns {
            return AttemptEnd::new(Outcome::Panicked);
        }
        if let Some(limit) = alive.limit.filter(|limit| !cancelled && now.mono >= limit.at) {
            let (late, by_deadline) = (now.mono >= limit.hard, limit.by_deadline);
            return AttemptEnd { late, by_deadline, ..AttemptEnd::new(Outcome::TimedOut) };
        }
        if !cancelled && alive.time_box.is_some_and(|(_, until)| now.mono >= until) {
            return AttemptEnd { late: true, ..AttemptEnd::new(Outcome::TimedOut) };
        }
        match alive.returns {
            _ if cancelled => AttemptEnd::new(Outcome::Cancelled),
            Return::Ok | Return::Panic => AttemptEnd::new(Outcome::Succeeded),
            Return::Err { .. } if Command::Stop.is_in(commands) => AttemptEnd::new(Outcome::Interrupted),
            Return::Err { fatal, retry_after } => {
                AttemptEnd { retryable: !fatal, fatal, retry_after, ..AttemptEnd::new(Outcome::Failed) }
            }
        }
    }
}

fn heed(alive: &mut Alive, now: Now) {
    if let Some(delay) = alive.heeds {
        alive.ends_at = alive.ends_at.min(now.mono.plus(delay));
        alive.blocks = None;
    }
}
