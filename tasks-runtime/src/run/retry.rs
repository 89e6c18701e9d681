//! Whether an attempt is followed by another, and when. Pure decisions.

use std::time::Duration;

use tasks_core::{Outcome, policy::MaxRetries};

use super::{attempt::AttemptEnd, backoff::wait};
use crate::{clock::Mono, plan::Retry};

/// Decides what follows the end of an attempt: the wait before the next one, or nothing.
///
/// `random` is uniform in [0, 1).
pub(crate) fn next_delay(
    retry: &Retry,
    attempt: u32,
    end: &AttemptEnd,
    now: Mono,
    deadline: Option<Mono>,
    random: f64,
) -> Option<Duration> {
    let worth = match end.outcome {
        Outcome::Failed => end.retryable,
        // A late body ran to its end: doing it again would do it twice.
        Outcome::TimedOut => !end.late && !end.by_deadline,
        Outcome::Panicked => retry.panics,
        _ => false,
    };
    if !worth || !may_try_again(retry.max, attempt) {
        return None;
    }
    let delay = end.retry_after.unwrap_or_else(|| wait(&retry.backoff, attempt, random));
    match deadline {
        Some(deadline) if now.plus(delay) >= deadline => None,
        _ => Some(delay),
    }
}

/// Whether an attempt, counted from 1, may be followed by another.
pub(crate) fn may_try_again(max: MaxRetries, attempt: u32) -> bool {
    match max {
        MaxRetries::Limited(max) => attempt <= max,
        MaxRetries::Unlimited => true,
    }
}

#[cfg(test)]
mod tests {
    use tasks_core::policy::Jitter;

    use super::*;
    use crate::plan::Backoff;

    const RETRY: Retry = Retry {
        max: MaxRetries::Limited(3),
        backoff: Backoff {
            delay: Duration::from_secs(1),
            factor: 2.0,
            max_delay: Duration::from_secs(60),
            jitter: Jitter::Off,
        },
        panics: false,
    };

    fn end(outcome: Outcome) -> AttemptEnd {
        AttemptEnd { retryable: true, ..AttemptEnd::new(outcome) }
    }

    fn delay(retry: &Retry, attempt: u32, end: &AttemptEnd) -> Option<u64> {
        next_delay(retry, attempt, end, Mono(0), None, 0.0).map(|delay| delay.as_secs())
    }

    #[test]
    fn max_counts_attempts_after_the_first_and_delays_grow() {
        let failed = end(Outcome::Failed);
        let delays: Vec<_> = (1..=4).map(|attempt| delay(&RETRY, attempt, &failed)).collect();
        assert_eq!(delays, [Some(1), Some(2), Some(4), None]);
    }

    #[test]
    fn a_delay_never_passes_max_delay_however_many_attempts_there_were() {
        let retry = Retry { max: MaxRetries::Unlimited, ..RETRY };
        assert_eq!(delay(&retry, 7, &end(Outcome::Failed)), Some(60));
        assert_eq!(delay(&retry, u32::MAX, &end(Outcome::Failed)), Some(60));
    }

    #[test]
    fn full_jitter_is_above_zero_and_at_most_the_delay() {
        let retry = Retry { backoff: Backoff { jitter: Jitter::Full, ..RETRY.backoff }, ..RETRY };
        for random in [0.0, 0.25, 0.999_999] {
            let delay = next_delay(&retry, 1, &end(Outcome::Failed), Mono(0), None, random).expect("a retry");
            assert!(delay > Duration::ZERO && delay <= Duration::from_secs(1), "{delay:?}");
        }
    }

    #[test]
    fn a_late_success_a_deadline_and_a_cancel_are_not_retried() {
        assert_eq!(delay(&RETRY, 1, &AttemptEnd { late: true, ..end(Outcome::TimedOut) }), None);
        assert_eq!(delay(&RETRY, 1, &AttemptEnd { by_deadline: true, ..end(Outcome::TimedOut) }), None);
        assert_eq!(delay(&RETRY, 1, &end(Outcome::Cancelled)), None);
        assert_eq!(delay(&RETRY, 1, &end(Outcome::Succeeded)), None);
        assert_eq!(delay(&RETRY, 1, &end(Outcome::TimedOut)), Some(1));
    }

    #[test]
    fn panics_are_retried_only_when_asked_for() {
        assert_eq!(delay(&RETRY, 1, &end(Outcome::Panicked)), None);
        assert_eq!(delay(&Retry { panics: true, ..RETRY }, 1, &end(Outcome::Panicked)), Some(1));
    }

    #[test]
    fn retry_after_ignores_max_delay_but_not_the_deadline() {
        let asked = AttemptEnd { retry_after: Some(Duration::from_secs(300)), ..end(Outcome::Failed) };
        assert_eq!(delay(&RETRY, 1, &asked), Some(300));
        let deadline = Some(Mono(Duration::from_secs(299).as_nanos() as u64));
        assert_eq!(next_delay(&RETRY, 1, &asked, Mono(0), deadline, 0.0), None);
    }
}
