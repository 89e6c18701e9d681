//! Attempts and the waits between them.

use std::time::Duration;

use tasks_core::{
    Outcome, RunId,
    policy::{Jitter, MaxRetries},
};

use super::{Model, books::State};
use crate::{
    clock::{Mono, Now},
    run::AttemptEnd,
};

impl Model {
    pub(in super::super) fn attempt_begins(&mut self, run: RunId, attempt: u32, now: Now) {
        assert!(self.stopping.is_none(), "I5: attempt {attempt} begins after the stop");
        let run = self.runs.get_mut(&run).expect("I5: an attempt of a run that is over");
        assert_eq!(run.state, State::Running, "I10: an attempt without a place");
        assert_eq!(run.attempts + 1, attempt);
        let retry = &self.tasks[run.task].planned.retry;
        if let MaxRetries::Limited(max) = retry.max {
            assert!(attempt <= max + 1, "I7: attempt {attempt} of {max} retries");
        }
        if attempt == 1 {
            run.alive_since = Some(now.mono);
        }
        (run.attempts, run.begun) = (attempt, true);
    }

    /// Whether and when an attempt is followed by another, by the books.
    pub(in super::super) fn delay_is_right(
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

    /// A wait is over, and the engine said whether there is a place.
    pub(in super::super) fn place(&mut self, run: RunId, has_place: bool, now: Now) {
        let Some(living) = self.runs.get_mut(&run) else {
            assert!(!has_place, "I5: a place for a run that is over");
            return;
        };
        assert_eq!(living.state, State::Retrying { queued: false });
        (living.state, living.since) = (State::Retrying { queued: true }, now.mono);
        if has_place {
            self.takes_place(run, now);
        }
    }
}
