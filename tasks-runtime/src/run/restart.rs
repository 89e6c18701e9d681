//! Whether the end of a service's run is followed by another run, and when.
//! Pure decisions.

use std::{collections::VecDeque, time::Duration};

use tasks_core::{Outcome, policy::RestartPolicy};

use super::{attempt::AttemptEnd, backoff::wait};
use crate::{clock::Mono, plan::Restart};

/// What follows the end of a service's run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequel {
    /// Another run, after this wait.
    Restart {
        wait: Duration,
        /// It became degraded by this end.
        degraded: bool,
    },
    /// Nothing: it did its work, and too early.
    Early,
    /// Nothing: it failed, and no other run is to follow.
    Failed,
    /// Nothing: somebody asked for its end.
    Over,
}

/// The restarts of a service since it was last stable.
#[derive(Debug, Default)]
pub(crate) struct Restarts {
    count: u32,
    /// When the latest of them were decided, at most as many as may lie
    /// within the window.
    recent: VecDeque<Mono>,
    degraded: bool,
}

impl Restarts {
    /// Decides what follows the end of a run, and counts it.
    ///
    /// `gives_up` says that more restarts than the window allows end it for
    /// good. `random` is uniform in [0, 1).
    pub(crate) fn follow(
        &mut self,
        restart: &Restart,
        gives_up: bool,
        end: &AttemptEnd,
        now: Mono,
        random: f64,
    ) -> Sequel {
        match (end.outcome, restart.policy) {
            (Outcome::Failed, _) if end.fatal => return Sequel::Failed,
            (outcome, RestartPolicy::Never) if outcome.is_failure() => return Sequel::Failed,
            (outcome, _) if outcome.is_failure() => {}
            (Outcome::Succeeded, RestartPolicy::Always) => {}
            (Outcome::Succeeded, RestartPolicy::OnFailure) => return Sequel::Early,
            _ => return Sequel::Over,
        }
        let is_recent = |then: &Mono| now.since(*then) < restart.within;
        while self.recent.front().is_some_and(|then| !is_recent(then)) {
            self.recent.pop_front();
        }
        let too_many = self.recent.len() as u64 >= u64::from(restart.max);
        if too_many && gives_up {
            return Sequel::Failed;
        }
        if too_many {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.count = self.count.saturating_add(1);
        let degraded = too_many && !self.degraded;
        self.degraded |= too_many;
        let grown = match self.degraded {
            true => restart.backoff.max_delay,
            false => wait(&restart.backoff, self.count, random),
        };
        // Whoever says when to come back knows better than a rule.
        let wait = grown.max(end.retry_after.unwrap_or_default());
        Sequel::Restart { wait, degraded }
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    pub(crate) fn is_degraded(&self) -> bool {
        self.degraded
    }

    /// It lived for so long that its restarts are forgotten. Returns whether
    /// it was degraded.
    pub(crate) fn forget(&mut self) -> bool {
        std::mem::take(self).degraded
    }
}

/// How long a run has to live for its service to be stable.
pub(crate) fn stable_after(restart: &Restart) -> Duration {
    restart.within.max(restart.backoff.max_delay)
}

#[cfg(test)]
mod tests {
    use tasks_core::policy::Jitter;

    use super::*;
    use crate::plan::Backoff;

    const SECOND: Duration = Duration::from_secs(1);

    fn restart(policy: RestartPolicy) -> Restart {
        Restart {
            policy,
            backoff: Backoff {
                delay: Duration::from_millis(100),
                factor: 2.0,
                max_delay: 30 * SECOND,
                jitter: Jitter::Off,
            },
            max: 5,
            within: 30 * SECOND,
        }
    }

    fn at(millis: u64) -> Mono {
        Mono(0).plus(Duration::from_millis(millis))
    }

    /// What follows such an end, in a service that was never restarted before.
    fn after(policy: RestartPolicy, end: &AttemptEnd) -> Sequel {
        Restarts::default().follow(&restart(policy), false, end, at(0), 0.0)
    }

    fn first_wait() -> Sequel {
        Sequel::Restart { wait: Duration::from_millis(100), degraded: false }
    }

    #[test]
    fn each_policy_says_after_which_ends_another_run_follows() {
        use Outcome::{Abandoned, Cancelled, Failed, Interrupted, Panicked, Succeeded, TimedOut};
        for outcome in [Failed, TimedOut, Panicked] {
            assert_eq!(after(RestartPolicy::OnFailure, &AttemptEnd::new(outcome)), first_wait());
            assert_eq!(after(RestartPolicy::Always, &AttemptEnd::new(outcome)), first_wait());
            assert_eq!(after(RestartPolicy::Never, &AttemptEnd::new(outcome)), Sequel::Failed);
        }
        assert_eq!(after(RestartPolicy::OnFailure, &AttemptEnd::new(Succeeded)), Sequel::Early);
        assert_eq!(after(RestartPolicy::Always, &AttemptEnd::new(Succeeded)), first_wait());
        assert_eq!(after(RestartPolicy::Never, &AttemptEnd::new(Succeeded)), Sequel::Over);
        for outcome in [Cancelled, Interrupted, Abandoned] {
            for policy in [RestartPolicy::Never, RestartPolicy::OnFailure, RestartPolicy::Always] {
                assert_eq!(after(policy, &AttemptEnd::new(outcome)), Sequel::Over, "{policy:?} {outcome:?}");
            }
        }
    }

    #[test]
    fn a_late_timeout_is_restarted_and_a_fatal_error_is_not() {
        let late = AttemptEnd { late: true, ..AttemptEnd::new(Outcome::TimedOut) };
        assert_eq!(after(RestartPolicy::OnFailure, &late), first_wait());
        let fatal = AttemptEnd { fatal: true, ..AttemptEnd::new(Outcome::Failed) };
        assert_eq!(after(RestartPolicy::Always, &fatal), Sequel::Failed);
    }

    /// The waits of a service that fails as soon as it is started, in milliseconds.
    fn crash_loop(restarts: &mut Restarts, restart: &Restart, times: usize) -> Vec<(u64, bool)> {
        let mut now = at(0);
        let mut waits = Vec::new();
        for _ in 0..times {
            let end = AttemptEnd::new(Outcome::Failed);
            let Sequel::Restart { wait, degraded } = restarts.follow(restart, false, &end, now, 0.0) else {
                panic!("no restart after {waits:?}");
            };
            now = now.plus(wait);
            waits.push((wait.as_millis() as u64, degraded));
        }
        waits
    }

    #[test]
    fn waits_grow_until_there_are_more_than_the_window_allows_and_then_stay_at_the_longest() {
        let mut restarts = Restarts::default();
        let waits = crash_loop(&mut restarts, &restart(RestartPolicy::OnFailure), 8);
        let expected = [(100, false), (200, false), (400, false), (800, false), (1600, false)];
        assert_eq!(waits[..5], expected);
        assert_eq!(waits[5..], [(30_000, true), (30_000, false), (30_000, false)]);
        assert!(restarts.is_degraded());
    }

    #[test]
    fn one_that_gives_up_does_so_instead() {
        let mut restarts = Restarts::default();
        let rule = Restart { max: 2, ..restart(RestartPolicy::OnFailure) };
        let end = AttemptEnd::new(Outcome::Panicked);
        let sequels: Vec<_> = (0..3).map(|_| restarts.follow(&rule, true, &end, at(0), 0.0)).collect();
        assert!(matches!(sequels[1], Sequel::Restart { degraded: false, .. }));
        assert_eq!(sequels[2], Sequel::Failed);
        assert!(!restarts.is_degraded());
    }

    #[test]
    fn restarts_that_are_spread_over_more_than_the_window_are_not_too_many() {
        let rule = Restart { max: 2, ..restart(RestartPolicy::OnFailure) };
        let mut restarts = Restarts::default();
        let end = AttemptEnd::new(Outcome::Failed);
        for number in 0..100 {
            let sequel = restarts.follow(&rule, true, &end, at(number * 15_000), 0.0);
            assert!(matches!(sequel, Sequel::Restart { degraded: false, .. }), "{number}: {sequel:?}");
        }
        // One more within the 30 s after the last but one.
        let sequel = restarts.follow(&rule, true, &end, at(99 * 15_000 + 14_999), 0.0);
        assert_eq!(sequel, Sequel::Failed);
        assert!(restarts.recent.len() <= 2, "no more is remembered than counts");
    }

    #[test]
    fn a_stable_service_starts_afresh() {
        let mut restarts = Restarts::default();
        let rule = restart(RestartPolicy::Always);
        crash_loop(&mut restarts, &rule, 6);
        assert!(restarts.forget(), "it was degraded");
        assert_eq!((restarts.count(), restarts.is_degraded()), (0, false));
        assert_eq!(crash_loop(&mut restarts, &rule, 1), [(100, false)]);
        assert!(!restarts.forget());
    }

    #[test]
    fn stable_is_the_longer_of_the_window_and_the_longest_wait() {
        let rule = restart(RestartPolicy::Always);
        assert_eq!(stable_after(&Restart { within: 60 * SECOND, ..rule }), 60 * SECOND);
        assert_eq!(stable_after(&Restart { within: SECOND, ..rule }), 30 * SECOND);
    }

    #[test]
    fn full_jitter_draws_the_wait_and_leaves_that_of_a_degraded_one_exact() {
        let mut rule = restart(RestartPolicy::Always);
        rule.backoff.jitter = Jitter::Full;
        rule.max = 1;
        let mut restarts = Restarts::default();
        let end = AttemptEnd::new(Outcome::Failed);
        let first = restarts.follow(&rule, false, &end, at(0), 0.75);
        assert_eq!(first, Sequel::Restart { wait: Duration::from_millis(25), degraded: false });
        let second = restarts.follow(&rule, false, &end, at(25), 0.75);
        assert_eq!(second, Sequel::Restart { wait: 30 * SECOND, degraded: true });
    }

    #[test]
    fn an_error_that_asks_for_a_wait_is_given_it() {
        let asked = AttemptEnd { retry_after: Some(90 * SECOND), ..AttemptEnd::new(Outcome::Failed) };
        let sequel = after(RestartPolicy::OnFailure, &asked);
        assert_eq!(sequel, Sequel::Restart { wait: 90 * SECOND, degraded: false });
        let short = AttemptEnd { retry_after: Some(Duration::from_millis(1)), ..asked };
        assert_eq!(after(RestartPolicy::OnFailure, &short), first_wait());
    }

    #[test]
    fn a_delay_of_zero_stays_zero_however_many_restarts_there_were() {
        let mut rule = restart(RestartPolicy::Always);
        rule.backoff.delay = Duration::ZERO;
        rule.within = Duration::from_millis(1);
        let mut restarts = Restarts { count: u32::MAX, ..Restarts::default() };
        let sequel = restarts.follow(&rule, false, &AttemptEnd::new(Outcome::Succeeded), at(0), 0.5);
        assert_eq!(sequel, Sequel::Restart { wait: Duration::ZERO, degraded: false });
    }
}
