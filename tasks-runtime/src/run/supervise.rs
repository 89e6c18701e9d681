//! A run as it is polled: by its Tokio task, and the first time perhaps by a puller.

mod body;

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tasks_core::{__private::RunCell, BodyKind, Outcome};
use tracing::Span;

use self::body::Body;
use super::{
    attempt::AttemptEnd,
    command::Command,
    joined::Joined,
    retry::{may_try_again, next_delay},
};
use crate::{
    clock::{Mono, Now},
    event::{EventKind, RunRef, StopCause},
    plan::Planned,
    probe::Alive,
    pullers,
    shell::Shared,
};

/// A run that took less than this is one of which many may be.
const SHORT: Duration = Duration::from_micros(20);

/// A run that was admitted.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) cell: Arc<RunCell>,
    pub(crate) task: Arc<Planned>,
}

/// Whether anybody has polled a run yet, and who is to be the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fresh {
    /// The Tokio task that it was given.
    Given,
    /// A puller.
    Pulled,
    /// It was polled.
    No,
}

/// A run as it is polled: by its Tokio task, and the first time perhaps by a puller.
pub(crate) struct Supervised {
    shared: Arc<Shared>,
    task: Arc<Planned>,
    cell: Arc<RunCell>,
    /// None if nobody collects it: then it is not worth its bytes in each run.
    span: Option<Box<Span>>,
    attempt: u32,
    stage: Stage,
    /// What the engine was told last of when to look at the run again.
    alarm: Mono,
    fresh: Fresh,
    /// It is polled by somebody else than its own Tokio task: what is told to
    /// this waker does not reach it later, and no alarm is worth its while yet.
    is_visited: bool,
    /// How the last attempt ended, while another is to follow.
    last: Option<Box<AttemptEnd>>,
    _alive: Alive,
}

// With the header and trailer of its Tokio task it has to fit 256 bytes: the
// next size there is has 384.
#[cfg(all(target_pointer_width = "64", not(feature = "testing")))]
const _: () = assert!(size_of::<Supervised>() <= 152);

enum Stage {
    /// An attempt is about to begin.
    Begin,
    /// The body is alive.
    Body(Body),
    /// The body is gone, but perhaps closures of it are still on the blocking
    /// pool, or children of it are still to be dropped.
    Parts(AttemptEnd),
    /// Between two attempts.
    Wait(Mono),
    /// Between two attempts, waiting for a place in the pool.
    Place,
    Over,
}

/// What a stage leads to.
enum Step {
    To(Stage),
    /// Nothing to do before this moment or a wake-up.
    Sleep(Mono),
    Over,
}

impl Supervised {
    pub(crate) fn new(shared: Arc<Shared>, wanted: Wanted, fresh: Fresh) -> Self {
        let Wanted { cell, task } = wanted;
        let alive = shared.probe().alive();
        // A subscriber is foreign code; its panic costs the span, not the run.
        let span = catch_unwind(AssertUnwindSafe(|| {
            tracing::info_span!(
                target: "tasks",
                "task",
                task = &**cell.task(),
                run = cell.id().get(),
                attempt = tracing::field::Empty,
                trigger = cell.trigger().as_str(),
                scheduled_at = cell.scheduled_at().map(tracing::field::display),
            )
        }))
        .unwrap_or_else(|_| Span::none());
        if task.body == BodyKind::Blocking {
            let _ = catch_unwind(AssertUnwindSafe(|| cell.attach(Arc::new(span.clone()))));
        }
        let span = if span.is_disabled() { None } else { Some(Box::new(span)) };
        Self {
            shared,
            task,
            cell,
            span,
            attempt: 0,
            stage: Stage::Begin,
            alarm: Mono::NEVER,
            fresh,
            is_visited: false,
            last: None,
            _alive: alive,
        }
    }

    /// Polls it for the first time, outside of a Tokio task of its own. If it
    /// is pending it needs one, and looks at everything again there.
    pub(crate) fn poll_once(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.is_visited = true;
        let polled = Pin::new(&mut *self).poll(cx);
        self.is_visited = false;
        polled
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
        let limit = self.limit(now.mono);
        self.cell.begin_attempt(self.attempt, may_try_again(self.task.retry.max, self.attempt));
        if let Some(span) = &self.span {
            span.record("attempt", self.attempt);
        }
        if self.attempt == 1 && self.shared.observers().is_anybody() {
            self.shared.emit(EventKind::RunStarted { run: self.run_ref() }, now);
        }
        let time_box = self.task.stop_after.map(|length| now.mono.plus(length));
        let stuck_after = limit
            .map_or(Mono::NEVER, |limit| self.hard(limit))
            .min(time_box.map_or(Mono::NEVER, |at| at.plus(self.task.grace)));
        self.cell.set_stuck_after(stuck_after.0);
        let context =
            tasks_core::Context::__new(Arc::clone(&self.cell), self.attempt, limit.map(|limit| limit.at.0));
        let begun = self.shared.in_poll(&self.cell, || self.shared.attempt(&self.task, context));
        match begun {
            Ok((future, is_over)) => {
                let future = Joined::new(future, Arc::clone(&self.cell));
                Step::To(Stage::Body(Body { future, is_over, limit, time_box, asked: None }))
            }
            Err(panic) => self.body_ended(AttemptEnd::panicked(&panic)),
        }
    }

    fn deadline(&self) -> Option<(Mono, Duration)> {
        let length = self.task.deadline?;
        let started = self.cell.started_mono()?;
        Some((Mono(started).plus(length), length))
    }

    fn body_ended(&mut self, mut end: AttemptEnd) -> Step {
        // Those that live have not ended with the body: they go with it.
        self.cell.end_children();
        // A closure that is still on its thread runs to its end, past the limit
        // and grace.
        end.late |= end.outcome == Outcome::TimedOut && self.cell.threads() > 0;
        let told = Command::Gone as u8 | Command::Panicked as u8;
        if !self.cell.may_have_parts() && self.cell.commands() & told == 0 {
            return self.attempt_ended(end);
        }
        Step::To(Stage::Parts(end))
    }

    fn poll_parts(&mut self, mut end: AttemptEnd) -> (Option<AttemptEnd>, Step) {
        if Command::Gone.is_in(self.cell.commands()) {
            return (None, Step::Over);
        }
        if self.cell.threads() > 0 || self.cell.children() > 0 {
            return (Some(end), Step::Sleep(Mono::NEVER));
        }
        // A panic that was reported already is the first cause.
        if Command::Panicked.is_in(self.cell.commands())
            && let Some(panicked) = self.panic_of_a_part()
            && end.outcome != Outcome::Panicked
        {
            end = panicked;
        }
        (None, self.attempt_ended(end))
    }

    fn attempt_ended(&mut self, end: AttemptEnd) -> Step {
        let now = self.shared.clock().now();
        if !may_try_again(self.task.retry.max, self.attempt) {
            self.tell_end(end, now);
            return Step::Over;
        }
        let deadline = self.deadline().map(|(at, _)| at);
        let delay = next_delay(&self.task.retry, self.attempt, &end, now.mono, deadline, fastrand::f64());
        match delay {
            Some(delay) => self.retry_in(delay, now, end),
            None => {
                self.tell_end(end, now);
                Step::Over
            }
        }
    }

    fn tell_end(&self, end: AttemptEnd, now: Now) {
        // A puller comes from one body to the next. Where they are short, the
        // ends of some are told together, if nothing but what waits for them
        // follows from them: one that failed may end the program.
        let began = self.cell.started_mono().map(Mono);
        let is_short = began.is_some_and(|began| now.mono.since(began) < SHORT);
        match self.is_visited && is_short && end.outcome == Outcome::Succeeded {
            true => self.shared.one_of_many_ended(&self.cell, end, self.attempt, now),
            false => self.shared.run_ended(&self.cell, end, self.attempt, now),
        }
    }

    fn retry_in(&mut self, delay: Duration, now: Now, end: AttemptEnd) -> Step {
        self.cell.set_stuck_after(u64::MAX);
        // Whoever kept its token, or its context, need not wait for the next one.
        self.cell.cancel();
        let error = end.error.clone().unwrap_or_default();
        let backtrace = end.backtrace.clone();
        let (run, attempt) = (self.run_ref(), self.attempt);
        let goes_on = !Command::Cancel.is_in(self.cell.commands()) && !self.shared.is_stopping();
        if goes_on {
            // Told before the engine knows: from then on another thread may end
            // the run, and nothing is told of a run after its end.
            self.shared.emit(EventKind::AttemptFailed { run: run.clone(), attempt, error, backtrace }, now);
            self.shared.emit(EventKind::RetryScheduled { run, attempt: attempt + 1, delay }, now);
        }
        self.last = Some(Box::new(end.clone()));
        if !self.shared.retry_waits(&self.cell, end, attempt, delay) {
            // Shutdown or a cancel came first, and has accounted for the run.
            return Step::Over;
        }
        Step::To(Stage::Wait(now.mono.plus(delay)))
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
        let end = self.last.take().map_or_else(|| AttemptEnd::new(Outcome::TimedOut), |last| *last);
        let now = self.shared.clock().now();
        self.shared.run_ended(&self.cell, end, self.attempt, now);
        Step::Over
    }

    /// Has the engine wake the run at this moment. It was told once of a moment
    /// that it has not been told of another since: whoever is polled later than
    /// that has seen that it came.
    fn wake_at(&mut self, until: Mono) {
        if until != Mono::NEVER && until != self.alarm {
            self.alarm = until;
            self.shared.set_alarm(&self.cell, until);
        }
    }
}

impl Future for Supervised {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let fresh = std::mem::replace(&mut this.fresh, Fresh::No);
        if fresh == Fresh::Given {
            this.shared.pullers().is_polled();
        }
        // What is not the body's own is a subscriber's: whatever panics out
        // here, the run is accounted for.
        let polled = catch_unwind(AssertUnwindSafe(|| this.poll_stages(cx))).unwrap_or_else(|_| {
            this.stage = Stage::Over;
            let end = AttemptEnd::new(Outcome::Panicked)
                .with_error(Some("the subscriber of `tracing` panicked".to_owned()));
            this.shared.run_ended(&this.cell, end, this.attempt, this.shared.clock().now());
            Poll::Ready(())
        });
        if polled.is_ready() && !this.is_visited {
            // Its worker goes on with what the end of the run made ready.
            pullers::take_has_spawned();
        }
        polled
    }
}

impl Supervised {
    fn poll_stages(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let this = self;
        if !this.is_visited {
            // First of all: whatever is said from here on wakes the run, and what
            // was said before is looked at below.
            this.cell.set_waker(cx.waker());
        }
        let span = this.span.as_deref().cloned();
        let _entered = span.as_ref().map(Span::enter);
        let mut is_new = false;
        loop {
            // A stage that is left in place by a step is put back below; if
            // anything in between panicked, the run would be over.
            let step = match std::mem::replace(&mut this.stage, Stage::Over) {
                Stage::Begin => {
                    is_new = true;
                    this.begin()
                }
                Stage::Body(body) => {
                    let (kept, step) = this.poll_body(body, std::mem::take(&mut is_new), cx);
                    this.stage = kept.map_or(Stage::Over, Stage::Body);
                    step
                }
                Stage::Parts(end) => {
                    let (kept, step) = this.poll_parts(end);
                    this.stage = kept.map_or(Stage::Over, Stage::Parts);
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
                    if !this.is_visited {
                        this.wake_at(until);
                    }
                    return Poll::Pending;
                }
            }
        }
    }
}

impl Drop for Supervised {
    /// The Tokio runtime itself was shut down under the run: nothing can be
    /// spawned any more, so the whole program is over.
    fn drop(&mut self) {
        if self.fresh == Fresh::Given {
            self.shared.pullers().is_polled();
        }
        if let Some(input) = self.cell.take_input() {
            // No attempt came to take it, or a copy for another is left.
            let _ = self.shared.in_poll(&self.cell, || drop(input));
        }
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        let end = match stage {
            // The engine closes the cell when it accounts for the run.
            Stage::Over => {
                self.shared.recycle(&mut self.cell);
                return;
            }
            Stage::Body(body) => {
                let panicked = self.drop_body(body);
                panicked.unwrap_or_else(|| AttemptEnd::new(Outcome::Interrupted))
            }
            Stage::Begin | Stage::Parts(_) | Stage::Wait(_) | Stage::Place => {
                AttemptEnd::new(Outcome::Interrupted)
            }
        };
        self.cell.end_children();
        self.shared.stop(StopCause::RuntimeDropped, None);
        let now = self.shared.clock().now();
        self.shared.run_ended(&self.cell, end, self.attempt, now);
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
