//! The one Tokio task of a run.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tasks_core::{__private::RunCell, BodyKind, Outcome, TaskFuture};
use tokio::time::Sleep;
use tracing::Span;

use super::{
    attempt::{AttemptEnd, describe},
    command::Command,
    retry::next_delay,
};
use crate::{
    clock::Mono,
    event::{Event, RunRef, StopCause},
    plan::Planned,
    shell::Shared,
};

/// A run that was admitted.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) cell: Arc<RunCell>,
    pub(crate) task: Arc<Planned>,
}

/// The one Tokio task of a run.
pub(crate) struct Supervised {
    shared: Arc<Shared>,
    task: Arc<Planned>,
    cell: Arc<RunCell>,
    span: Span,
    attempt: u32,
    stage: Stage,
    timer: Option<Pin<Box<Sleep>>>,
    /// The engine knows whom to wake. A task's waker never changes, so once is enough.
    waker_is_set: bool,
    /// How the last attempt ended, while another is to follow.
    last: Option<AttemptEnd>,
}

enum Stage {
    /// An attempt is about to begin.
    Begin,
    /// The body is alive.
    Body(Body),
    /// The body is gone, but closures of it are still on the blocking pool.
    Threads(AttemptEnd),
    /// Between two attempts.
    Wait(Mono),
    /// Between two attempts, waiting for a place in the pool.
    Place,
    Over,
}

struct Body {
    future: TaskFuture,
    limit: Option<Limit>,
    /// The time box, and the end of the grace after it.
    time_box: Option<(Mono, Mono)>,
    asked: Option<Asked>,
}

#[derive(Clone, Copy)]
struct Limit {
    at: Mono,
    /// `at` and, if the body listens, its grace.
    hard: Mono,
    length: Duration,
    by_deadline: bool,
}

/// Who asked the body to stop, and until when it may take.
#[derive(Clone, Copy)]
enum Asked {
    Limit(Mono),
    TimeBox(Mono),
    Cancel(Mono),
    Shutdown,
}

/// What a stage leads to.
enum Step {
    To(Stage),
    /// Nothing to do before this moment or a wake-up.
    Sleep(Mono),
    Over,
}

impl Supervised {
    pub(crate) fn new(shared: Arc<Shared>, wanted: Wanted) -> Self {
        let Wanted { cell, task } = wanted;
        let facts = cell.facts();
        // A subscriber is foreign code; its panic costs the span, not the run.
        let span = catch_unwind(AssertUnwindSafe(|| {
            tracing::info_span!(
                target: "tasks",
                "task",
                task = &*facts.task,
                run = facts.id.get(),
                attempt = tracing::field::Empty,
                trigger = facts.trigger.as_str(),
                scheduled_at = facts.scheduled_at.map(tracing::field::display),
            )
        }))
        .unwrap_or_else(|_| Span::none());
        if task.body == BodyKind::Blocking {
            cell.attach(Arc::new(span.clone()));
        }
        Self {
            shared,
            task,
            cell,
            span,
            attempt: 0,
            stage: Stage::Begin,
            timer: None,
            waker_is_set: false,
            last: None,
        }
    }

    fn run_ref(&self) -> RunRef {
        RunRef::of(&self.cell)
    }

    fn begin(&mut self) -> Step {
        if !Command::begin(&self.cell) {
            return Step::Over;
        }
        let now = self.shared.clock().now();
        if self.deadline().is_some_and(|(at, _)| now.mono >= at) {
            // It passed while the run waited for its place.
            return self.end_with_last();
        }
        if self.attempt == 0 {
            self.cell.set_started(now.mono.0, now.wall);
        }
        self.attempt += 1;
        self.cell.begin_attempt(self.attempt);
        self.span.record("attempt", self.attempt);
        if self.attempt == 1 {
            self.shared.emit(&Event::RunStarted { run: self.run_ref() });
        }
        let limit = self.limit(now.mono);
        let time_box = self.task.stop_after.map(|length| {
            let at = now.mono.plus(length);
            (at, at.plus(self.task.grace))
        });
        let stuck_after = limit
            .map_or(Mono::NEVER, |limit| limit.hard)
            .min(time_box.map_or(Mono::NEVER, |(_, until)| until));
        self.cell.set_stuck_after(stuck_after.0);
        let context = tasks_core::Context::__new(
            Arc::clone(&self.cell),
            self.attempt,
            limit.map(|limit| self.shared.clock().instant(limit.at)),
        );
        let task = &self.task;
        match self.shared.in_poll(&self.cell, || task.registration.task().run(context)) {
            Ok(future) => Step::To(Stage::Body(Body { future, limit, time_box, asked: None })),
            Err(panic) => self.body_ended(AttemptEnd::panicked(&panic)),
        }
    }

    /// The nearer of the attempt's timeout and the run's deadline.
    fn limit(&self, now: Mono) -> Option<Limit> {
        let grace = if self.task.listens { self.task.grace } else { Duration::ZERO };
        let timeout = self.task.timeout.map(|length| (now.plus(length), false, length));
        let deadline = self.deadline().map(|(at, length)| (at, true, length));
        let (at, by_deadline, length) = match (timeout, deadline) {
            (Some(timeout), Some(deadline)) => timeout.min(deadline),
            (limit, None) | (None, limit) => limit?,
        };
        Some(Limit { at, hard: at.plus(grace), length, by_deadline })
    }

    fn deadline(&self) -> Option<(Mono, Duration)> {
        let length = self.task.deadline?;
        let (started, _) = self.cell.started()?;
        Some((Mono(started).plus(length), length))
    }

    fn poll_body(&mut self, mut body: Body, cx: &mut Context<'_>) -> (Option<Body>, Step) {
        let commands = self.cell.commands();
        if Command::Gone.is_in(commands) {
            self.drop_body(body);
            return (None, Step::Over);
        }
        if Command::Drop.is_in(commands) {
            return (None, self.drop_as(body, AttemptEnd::new(Outcome::Interrupted)));
        }
        if Command::Cancel.is_in(commands) && !matches!(body.asked, Some(Asked::Cancel(_) | Asked::Limit(_)))
        {
            let now = self.shared.clock().mono();
            let grace = if self.task.listens { self.task.grace } else { Duration::ZERO };
            body.asked = Some(Asked::Cancel(now.plus(grace)));
            self.cell.set_stuck_after(now.plus(grace).0);
            self.cell.cancel();
        }
        if Command::Stop.is_in(commands) && body.asked.is_none() {
            body.asked = Some(Asked::Shutdown);
            self.cell.cancel();
        }
        let timed =
            body.limit.is_some() || body.time_box.is_some() || matches!(body.asked, Some(Asked::Cancel(_)));
        if timed && let Some(end) = self.look_at_clock(&mut body) {
            return (None, self.drop_as(body, end));
        }
        let future = &mut body.future;
        match self.shared.in_poll(&self.cell, || future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => {
                let next = match body.asked {
                    Some(Asked::Limit(_) | Asked::TimeBox(_)) if self.is_back() => Mono::NEVER,
                    _ => body.next_moment(),
                };
                (Some(body), Step::Sleep(next))
            }
            Ok(Poll::Ready(returned)) => {
                // The error's own code runs in here, down to its `Drop`.
                let end = self.shared.in_poll(&self.cell, || self.classify(&body, returned));
                let end = end.unwrap_or_else(|panic| AttemptEnd::panicked(&panic));
                (None, self.drop_as(body, end))
            }
            Err(panic) => (None, self.drop_as(body, AttemptEnd::panicked(&panic))),
        }
    }

    /// Asks the body to stop when its time has come. Returns how the attempt
    /// ends if it may not take any longer.
    fn look_at_clock(&self, body: &mut Body) -> Option<AttemptEnd> {
        let now = self.shared.clock().mono();
        if let (Some((at, until)), None | Some(Asked::Shutdown)) = (body.time_box, body.asked)
            && now >= at
        {
            body.asked = Some(Asked::TimeBox(until));
            self.cell.cancel();
        }
        if let (Some(limit), None | Some(Asked::Shutdown | Asked::TimeBox(_))) = (body.limit, body.asked)
            && now >= limit.at
        {
            body.asked = Some(Asked::Limit(limit.hard));
            self.cell.cancel();
        }
        match body.asked? {
            // A closure that came back in time is only still on its way here.
            Asked::Limit(_) | Asked::TimeBox(_) if self.is_back() => None,
            Asked::Limit(until) if now >= until => Some(timed_out(body.limit, None)),
            Asked::TimeBox(until) if now >= until => Some(self.overstayed()),
            Asked::Cancel(until) if now >= until => Some(AttemptEnd::new(Outcome::Cancelled)),
            _ => None,
        }
    }

    /// The end of a body that did not finish in the grace after its time box.
    fn overstayed(&self) -> AttemptEnd {
        let length = tasks_schedule::format_duration(self.task.stop_after.unwrap_or_default());
        let grace = tasks_schedule::format_duration(self.task.grace);
        AttemptEnd::new(Outcome::TimedOut)
            .with_error(Some(format!("still running {grace} after its stop_after of {length}")))
    }

    /// Who asked decides the outcome, and the clock decides whether the limit
    /// has passed, not the order of polls.
    fn classify(&self, body: &Body, returned: Result<(), tasks_core::Failure>) -> AttemptEnd {
        // It may have been asked, and have listened, in the middle of this poll.
        let commands = self.cell.commands();
        let cancelled = Command::Cancel.is_in(commands) && !matches!(body.asked, Some(Asked::Limit(_)));
        let stopped = Command::Stop.is_in(commands);
        // What ran on the blocking pool ended when it came back, not when a
        // worker came to hear of it.
        let ended = self.cell.returned().map_or_else(|| self.shared.clock().mono(), Mono);
        let passed = body.limit.filter(|limit| !cancelled && ended >= limit.at);
        let error_of = |failure: &tasks_core::Failure| match describe(failure) {
            Ok(text) => text,
            Err(panic) => panic.to_string(),
        };
        if let Some(limit) = passed {
            let error = returned.as_ref().err().map(error_of);
            let late = ended >= limit.hard;
            return AttemptEnd { late, ..timed_out(Some(limit), error) };
        }
        let overstayed = body.time_box.is_some_and(|(_, until)| ended >= until);
        match returned {
            _ if overstayed && !cancelled => AttemptEnd { late: true, ..self.overstayed() },
            returned if cancelled => {
                AttemptEnd::new(Outcome::Cancelled).with_error(returned.as_ref().err().map(error_of))
            }
            Ok(()) => AttemptEnd::new(Outcome::Succeeded),
            Err(failure) if stopped => {
                AttemptEnd::new(Outcome::Interrupted).with_error(Some(error_of(&failure)))
            }
            Err(failure) => AttemptEnd::failed(&failure),
        }
    }

    /// Whether the closure of a plain `fn` has come back from its thread.
    fn is_back(&self) -> bool {
        self.cell.threads() == 0 && self.cell.returned().is_some()
    }

    fn drop_body(&self, body: Body) -> Option<AttemptEnd> {
        // The user's `Drop` runs in here: it may panic or block, and is stamped
        // and contained like a poll.
        self.shared.in_poll(&self.cell, || drop(body.future)).err().map(|panic| AttemptEnd::panicked(&panic))
    }

    fn drop_as(&mut self, body: Body, end: AttemptEnd) -> Step {
        let end = match self.drop_body(body) {
            // A panic that was reported already is the first cause.
            Some(panicked) if end.outcome != Outcome::Panicked => panicked,
            _ => end,
        };
        self.body_ended(end)
    }

    fn body_ended(&mut self, end: AttemptEnd) -> Step {
        match self.cell.threads() {
            0 => self.attempt_ended(end),
            _ => Step::To(Stage::Threads(end)),
        }
    }

    fn poll_threads(&mut self, mut end: AttemptEnd) -> (Option<AttemptEnd>, Step) {
        if Command::Gone.is_in(self.cell.commands()) {
            return (None, Step::Over);
        }
        if self.cell.threads() > 0 {
            return (Some(end), Step::Sleep(Mono::NEVER));
        }
        // The closure ran to its end, past the limit and grace.
        end.late |= end.outcome == Outcome::TimedOut;
        (None, self.attempt_ended(end))
    }

    fn attempt_ended(&mut self, end: AttemptEnd) -> Step {
        let now = self.shared.clock().mono();
        let deadline = self.deadline().map(|(at, _)| at);
        let delay = next_delay(&self.task.retry, self.attempt, &end, now, deadline, fastrand::f64());
        match delay {
            Some(delay) => self.retry_in(delay, now, end),
            None => {
                self.shared.run_ended(&self.cell, end, self.attempt);
                Step::Over
            }
        }
    }

    fn retry_in(&mut self, delay: Duration, now: Mono, end: AttemptEnd) -> Step {
        self.cell.set_stuck_after(u64::MAX);
        let error = end.error.clone().unwrap_or_default();
        let backtrace = end.backtrace.clone();
        self.last = Some(end.clone());
        if !self.shared.retry_waits(&self.cell, end, self.attempt) {
            // Shutdown or a cancel came first, and has accounted for the run.
            return Step::Over;
        }
        self.shared.emit(&Event::AttemptFailed {
            run: self.run_ref(),
            attempt: self.attempt,
            error,
            backtrace,
        });
        self.shared.emit(&Event::RetryScheduled { run: self.run_ref(), attempt: self.attempt + 1, delay });
        Step::To(Stage::Wait(now.plus(delay)))
    }

    fn poll_wait(&mut self, until: Mono) -> Step {
        if Command::Gone.is_in(self.cell.commands()) {
            return Step::Over;
        }
        if self.shared.clock().mono() < until {
            return Step::Sleep(until);
        }
        match self.shared.retry_is_due(&self.cell) {
            true => Step::To(Stage::Begin),
            false => Step::To(Stage::Place),
        }
    }

    fn poll_place(&mut self) -> Step {
        let commands = self.cell.commands();
        if Command::Gone.is_in(commands) {
            return Step::Over;
        }
        if Command::Granted.is_in(commands) {
            self.cell.clear_command(Command::Granted as u8);
            return Step::To(Stage::Begin);
        }
        match self.deadline() {
            Some((at, _)) if self.shared.clock().mono() >= at => self.end_with_last(),
            Some((at, _)) => Step::Sleep(at),
            None => Step::Sleep(Mono::NEVER),
        }
    }

    /// No further attempt: the run ends as the last one did.
    fn end_with_last(&mut self) -> Step {
        let end = self.last.take().unwrap_or_else(|| AttemptEnd::new(Outcome::TimedOut));
        self.shared.run_ended(&self.cell, end, self.attempt);
        Step::Over
    }

    /// Returns whether the moment has come.
    fn sleep(&mut self, until: Mono, cx: &mut Context<'_>) -> Poll<()> {
        if until == Mono::NEVER {
            return Poll::Pending;
        }
        let at = self.shared.clock().instant(until);
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        if timer.deadline() != at {
            timer.as_mut().reset(at);
        }
        timer.as_mut().poll(cx)
    }
}

impl Body {
    /// When to look at the clock again.
    fn next_moment(&self) -> Mono {
        let limit = self.limit.map_or(Mono::NEVER, |limit| limit.at);
        match self.asked {
            Some(Asked::Limit(until) | Asked::Cancel(until)) => until,
            Some(Asked::TimeBox(until)) => until.min(limit),
            None | Some(Asked::Shutdown) => limit.min(self.time_box.map_or(Mono::NEVER, |(at, _)| at)),
        }
    }
}

fn timed_out(limit: Option<Limit>, returned: Option<String>) -> AttemptEnd {
    let mut end = AttemptEnd::new(Outcome::TimedOut);
    if let Some(limit) = limit {
        let name = if limit.by_deadline { "deadline" } else { "timeout" };
        let mut error = format!("{name} of {} passed", tasks_schedule::format_duration(limit.length));
        if let Some(returned) = returned {
            error = format!("{error}, then it returned: {returned}");
        }
        end.by_deadline = limit.by_deadline;
        end.error = Some(error);
    }
    end
}

impl Future for Supervised {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        // What is not the body's own is a subscriber's: whatever panics out
        // here, the run is accounted for.
        catch_unwind(AssertUnwindSafe(|| this.poll_stages(cx))).unwrap_or_else(|_| {
            this.stage = Stage::Over;
            let end = AttemptEnd::new(Outcome::Panicked)
                .with_error(Some("the subscriber of `tracing` panicked".to_owned()));
            this.shared.run_ended(&this.cell, end, this.attempt);
            Poll::Ready(())
        })
    }
}

impl Supervised {
    fn poll_stages(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let this = self;
        let span = this.span.clone();
        let _entered = span.enter();
        loop {
            // A stage that is left in place by a step is put back below; if
            // anything in between panicked, the run would be over.
            let step = match std::mem::replace(&mut this.stage, Stage::Over) {
                Stage::Begin => this.begin(),
                Stage::Body(body) => {
                    let (kept, step) = this.poll_body(body, cx);
                    this.stage = kept.map_or(Stage::Over, Stage::Body);
                    step
                }
                Stage::Threads(end) => {
                    let (kept, step) = this.poll_threads(end);
                    this.stage = kept.map_or(Stage::Over, Stage::Threads);
                    step
                }
                Stage::Wait(until) => {
                    this.stage = Stage::Wait(until);
                    this.poll_wait(until)
                }
                Stage::Place => {
                    this.stage = Stage::Place;
                    this.poll_place()
                }
                Stage::Over => return Poll::Ready(()),
            };
            match step {
                Step::To(stage) => this.stage = stage,
                Step::Over => {
                    this.stage = Stage::Over;
                    return Poll::Ready(());
                }
                Step::Sleep(until) => {
                    if !this.waker_is_set {
                        this.cell.set_waker(cx.waker());
                        this.waker_is_set = true;
                        // What was said before the engine knew whom to wake
                        // is looked at once more.
                        let told = this.cell.commands() & !(Command::Begun as u8) != 0;
                        if told || matches!(this.stage, Stage::Threads(_)) {
                            continue;
                        }
                    }
                    if this.sleep(until, cx).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}

impl Drop for Supervised {
    /// The Tokio runtime itself was shut down under the run: nothing can be
    /// spawned any more, so the whole program is over.
    fn drop(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        let end = match stage {
            Stage::Over => {
                self.cell.close();
                self.shared.recycle(&mut self.cell);
                return;
            }
            Stage::Body(body) => {
                let panicked = self.drop_body(body);
                panicked.unwrap_or_else(|| AttemptEnd::new(Outcome::Interrupted))
            }
            Stage::Begin | Stage::Threads(_) | Stage::Wait(_) | Stage::Place => {
                AttemptEnd::new(Outcome::Interrupted)
            }
        };
        self.shared.stop(StopCause::RuntimeDropped, None);
        self.shared.run_ended(&self.cell, end, self.attempt);
    }
}

impl std::fmt::Debug for Supervised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supervised")
            .field("task", &self.task.name)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
