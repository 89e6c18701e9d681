//! What is due when, as a pure function of signals and instants.

use std::time::{Duration, Instant};

/// Repeats of a signal within this time are one key press relayed twice.
const REPEAT: Duration = Duration::from_millis(500);
/// Less than this cannot hold the steps of a shutdown; it is taken instead.
const MIN_BUDGET: Duration = Duration::from_secs(2);
/// More than this is no deadline; it keeps instants in range.
const MAX_BUDGET: Duration = Duration::from_secs(3653 * 24 * 3600);

const DRAIN_RESERVE: Duration = Duration::from_secs(1);
const ABANDON_RESERVE: Duration = Duration::from_millis(500);
const EXIT_RESERVE: Duration = Duration::from_millis(250);

/// The instants of one shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadlines {
    /// When it began.
    pub(crate) t0: Instant,
    /// From `t0` to the end of the process.
    pub(crate) budget: Duration,
}

impl Deadlines {
    pub(crate) fn new(t0: Instant, budget: Duration) -> Self {
        Self { t0, budget: budget.clamp(MIN_BUDGET, MAX_BUDGET) }
    }

    /// Every future left is dropped: budget − 1 s.
    pub(crate) fn drain_end(&self) -> Instant {
        self.t0 + (self.budget - DRAIN_RESERVE)
    }

    /// What has not come back is abandoned: budget − 500 ms.
    pub(crate) fn abandon_at(&self) -> Instant {
        self.t0 + (self.budget - ABANDON_RESERVE)
    }

    /// The guard ends the process: budget − 250 ms.
    pub(crate) fn exit_at(&self) -> Instant {
        self.t0 + (self.budget - EXIT_RESERVE)
    }
}

/// What the guard does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Stop {
        signal: i32,
        t0: Instant,
    },
    DrainOver,
    Abandon,
    /// End the process with this code.
    Exit(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Drain,
    Abandon,
    Exit,
}

#[derive(Debug)]
pub(super) struct Countdown {
    budget: Duration,
    t0: Option<Instant>,
    first_signal: Option<(i32, Instant)>,
    next: Step,
    exit_code: u8,
}

impl Countdown {
    pub(super) fn new(budget: Duration) -> Self {
        Self { budget, t0: None, first_signal: None, next: Step::Drain, exit_code: 124 }
    }

    pub(super) fn deadlines(&self) -> Option<Deadlines> {
        self.t0.map(|t0| Deadlines::new(t0, self.budget))
    }

    pub(super) fn set_exit_code(&mut self, code: u8) {
        self.exit_code = code;
    }

    pub(super) fn set_budget(&mut self, budget: Duration) {
        self.budget = if self.t0.is_some() { self.budget.min(budget) } else { budget };
    }

    pub(super) fn begin(&mut self, t0: Instant, budget: Duration) -> Deadlines {
        self.budget = self.budget.min(budget);
        let t0 = self.t0.map_or(t0, |earlier| earlier.min(t0));
        self.t0 = Some(t0);
        Deadlines::new(t0, self.budget)
    }

    pub(super) fn signal(&mut self, signal: i32, now: Instant) -> Option<Action> {
        if let Some((_, first)) = self.first_signal {
            return (now.saturating_duration_since(first) >= REPEAT).then_some(Action::Exit(128 + signal));
        }
        self.first_signal = Some((signal, now));
        if self.t0.is_some() {
            return None;
        }
        self.t0 = Some(now);
        Some(Action::Stop { signal, t0: now })
    }

    /// Returns the next step that is due, once; call it until it returns `None`.
    pub(super) fn due(&mut self, now: Instant) -> Option<Action> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        Some(match self.next {
            Step::Drain => {
                self.next = Step::Abandon;
                Action::DrainOver
            }
            Step::Abandon => {
                self.next = Step::Exit;
                Action::Abandon
            }
            Step::Exit => Action::Exit(i32::from(self.exit_code)),
        })
    }

    /// Returns when [`due`](Self::due) next returns something.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines().map(|deadlines| match self.next {
            Step::Drain => deadlines.drain_end(),
            Step::Abandon => deadlines.abandon_at(),
            Step::Exit => deadlines.exit_at(),
        })
    }

    /// Until when signals are repeats of the first one.
    pub(super) fn repeats_until(&self) -> Option<Instant> {
        self.first_signal.map(|(_, first)| first + REPEAT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERM: i32 = 15;
    const INT: i32 = 2;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn all_due(countdown: &mut Countdown, now: Instant) -> Vec<Action> {
        let mut due = Vec::new();
        while let Some(action) = countdown.due(now) {
            due.push(action);
            if matches!(action, Action::Exit(_)) {
                break;
            }
        }
        due
    }

    #[test]
    fn the_first_signal_starts_the_steps() {
        let t0 = Instant::now();
        let mut countdown = Countdown::new(ms(5000));
        assert_eq!(countdown.deadline(), None);
        assert_eq!(countdown.signal(TERM, t0), Some(Action::Stop { signal: TERM, t0 }));
        assert_eq!(all_due(&mut countdown, t0 + ms(3999)), []);
        assert_eq!(all_due(&mut countdown, t0 + ms(4000)), [Action::DrainOver]);
        assert_eq!(all_due(&mut countdown, t0 + ms(4499)), []);
        assert_eq!(all_due(&mut countdown, t0 + ms(4500)), [Action::Abandon]);
        assert_eq!(countdown.deadline(), Some(t0 + ms(4750)));
        assert_eq!(all_due(&mut countdown, t0 + ms(4750)), [Action::Exit(124)]);
    }

    #[test]
    fn a_process_that_was_stopped_catches_up_in_order() {
        let t0 = Instant::now();
        let mut countdown = Countdown::new(ms(5000));
        countdown.signal(TERM, t0);
        let due = all_due(&mut countdown, t0 + ms(60_000));
        assert_eq!(due, [Action::DrainOver, Action::Abandon, Action::Exit(124)]);
    }

    #[test]
    fn repeats_within_500_ms_are_ignored_and_a_second_signal_ends_at_once() {
        let t0 = Instant::now();
        let mut countdown = Countdown::new(ms(5000));
        countdown.signal(INT, t0);
        assert_eq!(countdown.signal(INT, t0), None);
        assert_eq!(countdown.signal(TERM, t0 + ms(499)), None);
        assert_eq!(countdown.signal(INT, t0 + ms(500)), Some(Action::Exit(130)));
        assert_eq!(countdown.signal(TERM, t0 + ms(600)), Some(Action::Exit(143)));
    }

    #[test]
    fn the_first_signal_of_a_shutdown_that_was_asked_for_changes_nothing() {
        let t0 = Instant::now();
        let mut countdown = Countdown::new(ms(5000));
        countdown.begin(t0, ms(5000));
        assert_eq!(countdown.signal(TERM, t0 + ms(2000)), None);
        assert_eq!(countdown.deadlines(), Some(Deadlines::new(t0, ms(5000))));
        assert_eq!(countdown.signal(TERM, t0 + ms(2400)), None);
        assert_eq!(countdown.signal(TERM, t0 + ms(2500)), Some(Action::Exit(143)));
    }

    #[test]
    fn a_budget_is_shortened_and_never_lengthened() {
        let t0 = Instant::now();
        let mut countdown = Countdown::new(ms(5000));
        countdown.set_budget(ms(30_000));
        countdown.signal(TERM, t0);
        countdown.set_budget(ms(60_000));
        assert_eq!(countdown.deadlines(), Some(Deadlines::new(t0, ms(30_000))));
        assert_eq!(countdown.begin(t0 + ms(100), ms(3000)), Deadlines::new(t0, ms(3000)));
        assert_eq!(countdown.begin(t0 + ms(200), ms(9000)), Deadlines::new(t0, ms(3000)));
    }

    #[test]
    fn the_earliest_start_wins() {
        let t0 = Instant::now();
        let mut countdown = Countdown::new(ms(5000));
        countdown.signal(TERM, t0 + ms(10));
        assert_eq!(countdown.begin(t0, ms(5000)).t0, t0);
    }

    #[test]
    fn less_than_two_seconds_is_taken_as_two() {
        let t0 = Instant::now();
        let mut countdown = Countdown::new(ms(5000));
        let deadlines = countdown.begin(t0, Duration::ZERO);
        assert_eq!(deadlines.drain_end(), t0 + ms(1000));
        assert_eq!(deadlines.exit_at(), t0 + ms(1750));
    }

    #[test]
    fn a_step_that_was_made_is_not_made_again_when_the_budget_shrinks() {
        let t0 = Instant::now();
        let mut countdown = Countdown::new(ms(5000));
        countdown.signal(TERM, t0);
        assert_eq!(all_due(&mut countdown, t0 + ms(4100)), [Action::DrainOver]);
        countdown.set_exit_code(1);
        countdown.begin(t0 + ms(4100), ms(2000));
        assert_eq!(all_due(&mut countdown, t0 + ms(4100)), [Action::Abandon, Action::Exit(1)]);
    }

    #[test]
    fn an_endless_budget_does_not_overflow() {
        let mut countdown = Countdown::new(Duration::MAX);
        countdown.signal(TERM, Instant::now());
        assert!(countdown.deadline().is_some());
    }
}
