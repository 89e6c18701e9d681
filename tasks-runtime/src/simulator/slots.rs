//! The due slots of one schedule, found anew: a step from one to the next, a
//! walk along a cron expression, an end and a delay.

use std::time::Duration;

use jiff::Timestamp;
use tasks_core::zone::DstNote;

use crate::{
    clock::{Mono, Now, later, nanos, wall_since},
    plan::{PlannedSchedule, Rule},
};

/// What one look at the clock must find.
#[derive(Debug, Default)]
pub(super) struct Due {
    /// Slots that passed, the earliest first.
    pub(super) passed: Vec<Slot>,
    /// Whether the last of them is served too late; none if only jitter knows.
    pub(super) late: Option<bool>,
    /// Slots that were over before the schedule began.
    pub(super) missed: u64,
    pub(super) in_gap: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    Exactly(Timestamp),
    /// A place on a monotonic grid, by the name it has now.
    About(Timestamp),
}

/// A moment of the clock that the schedule follows.
type Nanos = i128;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Next {
    at: Nanos,
    /// Local times that a gap added to it.
    in_gap: u64,
}

#[derive(Debug)]
pub(super) struct Slots {
    schedule: PlannedSchedule,
    next: Option<Next>,
    last: Option<Nanos>,
    /// Runs of a fixed delay that have not ended.
    outstanding: u32,
    /// How long a fixed delay waits this time.
    wait: Duration,
    opened: Option<Now>,
}

const TEN_MINUTES: Duration = Duration::from_secs(600);

impl Slots {
    pub(super) fn new(schedule: &PlannedSchedule) -> Self {
        Self {
            schedule: schedule.clone(),
            next: None,
            last: None,
            outstanding: 0,
            wait: Duration::ZERO,
            opened: None,
        }
    }

    /// It follows the wall clock, not the monotonic one.
    pub(super) fn is_wall(&self) -> bool {
        !matches!(self.schedule.rule, Rule::Every { .. } | Rule::Delay { .. })
    }

    fn is_delay(&self) -> bool {
        matches!(self.schedule.rule, Rule::Delay { .. })
    }

    fn clock(&self, now: Now) -> Nanos {
        if self.is_wall() { now.wall.as_nanosecond() } else { now.mono.0.into() }
    }

    pub(super) fn open(&mut self, paused: bool, now: Now) -> Due {
        self.opened = Some(now);
        let mut due = Due::default();
        let on_start = self.schedule.on_start;
        if on_start {
            (due.passed, due.late) = (vec![Slot::Exactly(now.wall)], Some(false));
            self.outstanding += u32::from(self.is_delay() && !paused);
        }
        let clock = self.clock(now);
        match self.schedule.rule {
            // What was skipped ended when it was.
            Rule::Delay { delay, .. } if on_start && paused => {
                self.next = Some(Next { at: clock + Nanos::from(nanos(delay)), in_gap: 0 });
                self.wait = delay;
            }
            Rule::Delay { .. } if on_start => {}
            Rule::Every { first, .. } | Rule::Delay { first, .. } => {
                self.next = Some(Next { at: clock + Nanos::from(nanos(first)), in_gap: 0 });
                self.wait = first;
            }
            Rule::Cron(_) | Rule::Aligned { .. } => self.next = self.following(clock),
            Rule::At(at) if at < now.wall => due.missed = 1,
            Rule::At(at) => self.next = Some(Next { at: at.as_nanosecond(), in_gap: 0 }),
        }
        due
    }

    /// Begins in the place of another schedule, of which `served` is the latest
    /// slot of the wall clock that had its fate.
    pub(super) fn open_again(&mut self, served: Option<Timestamp>, paused: bool, now: Now) -> Due {
        let ahead_at_most = |served: &Nanos| length(*served - now.wall.as_nanosecond()) <= TEN_MINUTES;
        let served = served.map(Timestamp::as_nanosecond).filter(ahead_at_most);
        let mut due = self.open(paused, now);
        let clock = self.clock(now);
        match self.schedule.rule {
            Rule::Cron(_) | Rule::Aligned { .. } => {
                self.last = served.filter(|served| *served > clock);
                self.next = self.following(self.last.unwrap_or(clock));
            }
            Rule::At(at) => {
                let is_late = length(clock - at.as_nanosecond()) > Duration::from_secs(60);
                due.missed = u64::from(is_late);
                let is_over = is_late || served == Some(at.as_nanosecond());
                self.next = (!is_over).then(|| Next { at: at.as_nanosecond(), in_gap: 0 });
            }
            Rule::Every { .. } | Rule::Delay { .. } => {}
        }
        due
    }

    /// The latest slot of the wall clock that had its fate.
    pub(super) fn served_on_the_wall(&self) -> Option<Timestamp> {
        self.last.filter(|_| self.is_wall()).map(stamp)
    }

    /// Whether a slot has been there that had no fate.
    pub(super) fn has_due(&self, now: Now) -> bool {
        self.next.is_some_and(|next| next.at <= self.clock(now))
    }

    /// Finds what passed, and lets nothing of it wait for its jitter.
    pub(super) fn look_at_once(&mut self, now: Now) -> Option<Due> {
        self.look(now, || None)
    }

    /// The slot after this moment.
    fn following(&self, at: Nanos) -> Option<Next> {
        match &self.schedule.rule {
            Rule::Every { period, .. } => Some(Next { at: at + Nanos::from(nanos(*period)), in_gap: 0 }),
            Rule::Aligned { period } => {
                let period = Nanos::from(nanos(*period));
                Some(Next { at: (at.div_euclid(period) + 1) * period, in_gap: 0 })
            }
            Rule::Cron(wall) => {
                let due = wall.next_after(stamp(at))?;
                let in_gap = match due.dst {
                    Some(DstNote::Gap { count, .. }) => count - 1,
                    _ => 0,
                };
                Some(Next { at: due.at.as_nanosecond(), in_gap })
            }
            Rule::Delay { .. } | Rule::At(_) => None,
        }
    }

    /// The time from a slot to the one after it.
    fn period(&self, at: Nanos) -> Option<Duration> {
        self.following(at).map(|next| length(next.at - at))
    }

    /// How long jitter may let a slot wait.
    fn window(&self, at: Nanos) -> Duration {
        let jitter = self.schedule.jitter;
        match self.schedule.rule {
            _ if jitter.is_zero() => jitter,
            Rule::Delay { .. } => jitter.min(self.wait),
            _ => self.period(at).map_or(jitter, |period| jitter.min(period)),
        }
    }

    fn until(&self, at: Nanos) -> Nanos {
        at + Nanos::from(nanos(self.window(at)))
    }

    /// The end of a scheduled run, or a firing that became none.
    pub(super) fn served(&mut self, now: Now) {
        if let Rule::Delay { delay, .. } = self.schedule.rule {
            assert!(self.outstanding > 0, "I12: more ends than firings of a fixed delay");
            self.outstanding -= 1;
            if self.outstanding == 0 {
                self.wait = delay;
                self.next = Some(Next { at: now.mono.plus(delay).0.into(), in_gap: 0 });
            }
        }
    }

    /// The code planned afresh, after the wall clock went back by `back` since
    /// the last look.
    pub(super) fn stepped(&mut self, back: Duration, now: Now) {
        let clock = self.clock(now);
        assert!(self.is_wall(), "I1: planned afresh without a wall-clock instant");
        let furthest = self.last.max(self.next.map(|next| next.at)).unwrap_or(clock);
        let ahead = length(furthest - clock);
        assert!(
            back.max(ahead) > TEN_MINUTES,
            "I1: planned afresh after a step of {back:?}, {ahead:?} ahead"
        );
        self.last = None;
        self.next = self.following(clock);
    }

    /// Finds what passed. `shown` is the next slot as the engine has it, which
    /// is asked only whether jitter lets the latest wait.
    pub(super) fn look(&mut self, now: Now, shown: impl FnOnce() -> Option<Timestamp>) -> Option<Due> {
        let clock = self.clock(now);
        let mut passed = Vec::new();
        while let Some(next) = self.next.filter(|next| next.at <= clock) {
            passed.push(next);
            self.next = self.following(next.at);
        }
        let latest = passed.last().copied();
        if let Some(latest) = latest
            && clock < self.until(latest.at)
            && let Some(shown) = shown().filter(|shown| *shown <= now.wall)
        {
            let right = !self.is_wall() || shown == stamp(latest.at);
            assert!(right, "I1: {shown} waits, and {} passed", stamp(latest.at));
            self.next = passed.pop();
        }
        let last = passed.last()?.at;
        self.last = Some(last);
        self.outstanding += u32::from(self.is_delay());
        Some(Due {
            late: self.is_late(last, clock),
            in_gap: passed.iter().map(|next| next.in_gap).sum(),
            passed: passed.iter().map(|next| self.slot(next.at, now)).collect(),
            missed: 0,
        })
    }

    fn slot(&self, at: Nanos, now: Now) -> Slot {
        if self.is_wall() {
            return Slot::Exactly(stamp(at));
        }
        let late = length(self.clock(now) - at);
        let shown = now.wall.checked_sub(late).unwrap_or(now.wall);
        if self.is_delay() { Slot::Exactly(shown) } else { Slot::About(shown) }
    }

    /// Counted from the jittered instant: more than a tenth of the period, at
    /// least 10 ms and at most a minute.
    fn is_late(&self, last: Nanos, clock: Nanos) -> Option<bool> {
        let tolerance = self.period(last).map_or(Duration::from_secs(60), |period| {
            (period / 10).max(Duration::from_millis(10)).min(Duration::from_secs(60))
        });
        let (least, most) = (length(clock - self.until(last)), length(clock - last));
        match (most <= tolerance, least > tolerance) {
            _ if self.is_delay() => Some(false),
            (true, _) => Some(false),
            (_, true) => Some(true),
            _ => None,
        }
    }

    /// A wall clock that was set back never silences a schedule for much longer
    /// than a period and ten minutes.
    pub(super) fn is_not_silent(&self, now: Now) {
        let (Rule::Cron(_) | Rule::Aligned { .. }, Some(next)) = (&self.schedule.rule, self.next) else {
            return;
        };
        let period = match self.last {
            Some(last) => length(next.at - last),
            None => self.period(next.at).unwrap_or_default(),
        };
        let bound = period + period.max(TEN_MINUTES) + Duration::from_secs(5);
        let clock = self.clock(now);
        let natural = self.following(clock).map_or(next.at, |next| next.at);
        assert!(
            next.at <= natural || length(next.at - clock) <= bound,
            "I1: silent until {}, at {} with a period of {period:?}",
            stamp(next.at),
            now.wall
        );
    }

    /// When the engine has to look at the latest.
    pub(super) fn latest_wake(&self, now: Now, virtual_time: bool) -> Mono {
        let Some(next) = self.next else { return Mono::NEVER };
        let wait = length(self.until(next.at) - self.clock(now));
        let checked = self.is_wall() && !virtual_time;
        now.mono.plus(if checked { wait.min(Duration::from_secs(60)) } else { wait })
    }

    /// The name of a slot is right.
    pub(super) fn check_name(&self, slot: Slot, seen: Timestamp, was_set: bool, now: Now) {
        match slot {
            Slot::Exactly(at) => assert_eq!(seen, at, "I2: a firing for another instant"),
            Slot::About(at) => {
                let off = wall_since(at, seen).max(wall_since(seen, at));
                assert!(off <= Duration::from_millis(51), "I2: the slot {at} is called {seen}");
                if let (false, Some(opened), Rule::Every { period, first }) =
                    (was_set, self.opened, &self.schedule.rule)
                {
                    let since = wall_since(seen, later(opened.wall, *first)).as_nanos();
                    assert_eq!(since % period.as_nanos(), 0, "I2: {seen} is not on the grid");
                }
            }
        }
        assert!(was_set || seen <= now.wall, "I3: a start before its slot");
    }
}

fn length(nanos: Nanos) -> Duration {
    Duration::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX))
}

fn stamp(at: Nanos) -> Timestamp {
    Timestamp::from_nanosecond(at).unwrap()
}
