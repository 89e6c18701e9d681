//! The body of one attempt: who may ask it to stop, and how it ends.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tasks_core::Outcome;

use super::{
    super::{
        attempt::{AttemptEnd, describe},
        command::Command,
        joined::Joined,
    },
    Step, Supervised,
};
use crate::{clock::Mono, panic::PanicInfo};

/// An attempt under way.
pub(super) struct Body {
    pub(super) future: Joined,
    /// Inside hooks: set when the task's own part is over and only they go on.
    pub(super) is_over: Option<Arc<AtomicBool>>,
    pub(super) limit: Option<Limit>,
    /// When its time box is over.
    pub(super) time_box: Option<Mono>,
    pub(super) asked: Option<Asked>,
}

/// When an attempt has to be over.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub(super) at: Mono,
    by_deadline: bool,
}

/// Who asked the body to stop, and until when it may take.
#[derive(Clone, Copy)]
pub(super) enum Asked {
    Limit(Mono),
    TimeBox(Mono),
    Cancel(Mono),
    Shutdown,
}

impl Supervised {
    /// The nearer of the attempt's timeout and the run's deadline.
    pub(super) fn limit(&self, now: Mono) -> Option<Limit> {
        let timeout = self.task.timeout.map(|length| (now.plus(length), false));
        let deadline = self.deadline().map(|(at, _)| (at, true));
        let (at, by_deadline) = match (timeout, deadline) {
            (Some(timeout), Some(deadline)) => timeout.min(deadline),
            (limit, None) | (None, limit) => limit?,
        };
        Some(Limit { at, by_deadline })
    }

    /// When a body that does not end at its limit is dropped: then, or if it
    /// listens, after its grace.
    pub(super) fn hard(&self, limit: Limit) -> Mono {
        limit.at.plus(if self.task.listens { self.task.grace } else { Duration::ZERO })
    }

    /// `is_new` says that the attempt began just now, when the clock was read.
    pub(super) fn poll_body(
        &mut self,
        mut body: Body,
        is_new: bool,
        cx: &mut Context<'_>,
    ) -> (Option<Body>, Step) {
        let commands = self.cell.commands();
        if Command::Gone.is_in(commands) {
            self.drop_body(body);
            self.cell.end_children();
            return (None, Step::Over);
        }
        if Command::Panicked.is_in(commands)
            && let Some(panic) = self.panic_of_a_part()
        {
            return (None, self.drop_as(body, panic));
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
        let has_end = body.limit.is_some() || body.time_box.is_some();
        let timed = has_end && !is_new || matches!(body.asked, Some(Asked::Cancel(_)));
        if timed && let Some(end) = self.look_at_clock(&mut body) {
            return (None, self.drop_as(body, end));
        }
        let (mut kept, mut end) = (Some(body), None);
        // The code of an error runs in here too, down to its `Drop`, and so does
        // that of a body that is over.
        let polled = self.shared.in_poll(&self.cell, || {
            if let Some(body) = &mut kept
                && let Poll::Ready(returned) =
                    self.cell.poll_body(cx.waker(), || Pin::new(&mut body.future).poll(cx))
            {
                end = Some(self.classify(body, returned));
                drop(kept.take());
            }
        });
        let panicked = polled.err().map(|panic| AttemptEnd::panicked(&panic));
        match (kept, end, panicked) {
            (Some(body), _, Some(panicked)) => (None, self.drop_as(body, panicked)),
            (Some(body), _, None) => {
                let next = match body.asked {
                    Some(Asked::Limit(_) | Asked::TimeBox(_)) if self.is_back(&body) => Mono::NEVER,
                    _ => body.next_moment(),
                };
                (Some(body), Step::Sleep(next))
            }
            (None, Some(end), panicked) => {
                // A panic that was reported already is the first cause.
                let panicked = panicked.filter(|_| end.outcome != Outcome::Panicked);
                (None, self.body_ended(panicked.unwrap_or(end)))
            }
            (None, None, _) => unreachable!("a body is dropped there only once its end is known"),
        }
    }

    /// Asks the body to stop when its time has come. Returns how the attempt
    /// ends if it may not take any longer.
    fn look_at_clock(&self, body: &mut Body) -> Option<AttemptEnd> {
        let now = self.shared.clock().mono();
        if let (Some(at), None | Some(Asked::Shutdown)) = (body.time_box, body.asked)
            && now >= at
        {
            body.asked = Some(Asked::TimeBox(at.plus(self.task.grace)));
            self.cell.cancel();
        }
        if let (Some(limit), None | Some(Asked::Shutdown | Asked::TimeBox(_))) = (body.limit, body.asked)
            && now >= limit.at
        {
            body.asked = Some(Asked::Limit(self.hard(limit)));
            self.cell.cancel();
        }
        match body.asked? {
            // A closure that came back in time is only still on its way here.
            Asked::Limit(_) | Asked::TimeBox(_) if self.is_back(body) => None,
            Asked::Limit(until) if now >= until => Some(self.timed_out(body.limit, None)),
            Asked::TimeBox(until) if now >= until => Some(self.overstayed()),
            Asked::Cancel(until) if now >= until => Some(AttemptEnd::new(Outcome::Cancelled)),
            _ => None,
        }
    }

    fn timed_out(&self, limit: Option<Limit>, returned: Option<String>) -> AttemptEnd {
        let mut end = AttemptEnd::new(Outcome::TimedOut);
        if let Some(limit) = limit {
            let (name, length) = match limit.by_deadline {
                true => ("deadline", self.task.deadline),
                false => ("timeout", self.task.timeout),
            };
            let length = tasks_schedule::format_duration(length.unwrap_or_default());
            let mut error = format!("{name} of {length} passed");
            if let Some(returned) = returned {
                error = format!("{error}, then it returned: {returned}");
            }
            end.by_deadline = limit.by_deadline;
            end.error = Some(error);
        }
        end
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
        let is_timed = body.limit.is_some() || body.time_box.is_some();
        let ended = match self.cell.returned() {
            Some(returned) => Mono(returned),
            None if is_timed => self.shared.clock().mono(),
            None => Mono(0),
        };
        let passed = body.limit.filter(|limit| !cancelled && ended >= limit.at);
        let error_of = |failure: &tasks_core::Failure| match describe(failure) {
            Ok(text) => text,
            Err(panic) => panic.to_string(),
        };
        if let Some(limit) = passed {
            let error = returned.as_ref().err().map(error_of);
            let late = ended >= self.hard(limit);
            return AttemptEnd { late, ..self.timed_out(Some(limit), error) };
        }
        let overstayed = body.time_box.is_some_and(|at| ended >= at.plus(self.task.grace));
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

    /// Whether the closure of a plain `fn` has come back from its thread, and
    /// is on its way here.
    fn is_back(&self, body: &Body) -> bool {
        let has_arrived = body.is_over.as_ref().is_some_and(|is_over| is_over.load(Ordering::Acquire));
        !has_arrived
            && self.cell.threads() == 0
            && self.cell.children() == 0
            && self.cell.returned().is_some()
    }

    /// How the attempt ends by the panic of a child, or of a closure, that
    /// nobody awaits.
    pub(super) fn panic_of_a_part(&self) -> Option<AttemptEnd> {
        self.cell.clear_command(Command::Panicked as u8);
        let panic = self.cell.take_panic()?.downcast::<PanicInfo>().ok()?;
        Some(AttemptEnd::panicked(&panic))
    }

    pub(super) fn drop_body(&self, body: Body) -> Option<AttemptEnd> {
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
}

impl Body {
    /// When to look at the clock again.
    fn next_moment(&self) -> Mono {
        let limit = self.limit.map_or(Mono::NEVER, |limit| limit.at);
        match self.asked {
            Some(Asked::Limit(until) | Asked::Cancel(until)) => until,
            Some(Asked::TimeBox(until)) => until.min(limit),
            None | Some(Asked::Shutdown) => limit.min(self.time_box.unwrap_or(Mono::NEVER)),
        }
    }
}
