//! When a task is due, as something that can be counted without a walk.

use std::{num::NonZeroU64, time::Duration};

use jiff::Timestamp;
use tasks_core::zone::{Upcoming, WallSchedule};
use tasks_schedule::FixedRate;

use crate::{
    clock::{later, nanos},
    list::IntoList as _,
    plan::{PlannedSchedule, Rule},
};

/// The time that is foretold, from a whole second on. As for a schedule that
/// begins then, what is due at that instant is over, and its end belongs to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

impl Window {
    pub(super) fn new(now: Timestamp, length: Duration) -> Self {
        let from = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self { from, until: later(from, length) }
    }

    /// Where the look for instants of a grid begins, itself left out: the first
    /// one of a grid that counts from the start may be the start.
    fn before(self, counts_from_start: bool) -> u64 {
        since_1970(self.from).saturating_sub(u64::from(counts_from_start))
    }
}

/// The due instants of a task, those at ready of `on_start` left out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Times<'a> {
    /// In nanoseconds since 1970, from the start of the program on.
    Rate(FixedRate),
    /// In nanoseconds since 1970.
    Aligned(FixedRate),
    /// A fixed delay, as if no run took any time.
    Delay(FixedRate),
    Wall(&'a WallSchedule),
    Once(Timestamp),
}

impl<'a> Times<'a> {
    pub(super) fn of(schedule: &'a PlannedSchedule, window: Window) -> Self {
        let rate = |first: Duration, period: Duration| {
            let period = NonZeroU64::new(nanos(period)).unwrap_or(NonZeroU64::MIN);
            FixedRate::new(since_1970(window.from).saturating_add(nanos(first)), period)
        };
        match &schedule.rule {
            Rule::Every { period, first } => Self::Rate(rate(*first, *period)),
            Rule::Delay { delay, first } => Self::Delay(rate(*first, *delay)),
            Rule::Aligned { period } => {
                Self::Aligned(FixedRate::new(0, NonZeroU64::new(nanos(*period)).unwrap_or(NonZeroU64::MIN)))
            }
            Rule::Cron(wall) => Self::Wall(wall),
            Rule::At(at) => Self::Once(*at),
        }
    }

    /// How many instants lie in the window.
    pub(super) fn count(&self, window: Window) -> u64 {
        let Window { from, until } = window;
        match self {
            Self::Rate(rate) | Self::Delay(rate) => {
                rate.count_between(window.before(true), since_1970(until))
            }
            Self::Aligned(rate) => rate.count_between(window.before(false), since_1970(until)),
            Self::Wall(wall) => wall.count_between(from, until),
            Self::Once(at) => u64::from(*at > from && *at <= until),
        }
    }

    /// Whether the count holds only if no run took any time.
    pub(super) fn is_at_most(&self) -> bool {
        matches!(self, Self::Delay(_))
    }

    /// The shortest distance between two instants, for an expression among its next ones.
    pub(super) fn period(&self, window: Window) -> Option<Duration> {
        const LOOKED_AT: usize = 400;
        match self {
            Self::Rate(rate) | Self::Aligned(rate) => Some(Duration::from_nanos(rate.period().get())),
            Self::Delay(_) | Self::Once(_) => None,
            Self::Wall(wall) => {
                let next: Vec<Timestamp> =
                    wall.upcoming(window.from).take(LOOKED_AT).map(|due| due.at).into_list();
                let between = |pair: &[Timestamp]| Duration::try_from(pair[1].duration_since(pair[0])).ok();
                next.windows(2).filter_map(between).min()
            }
        }
    }

    /// The seconds in which it is due, in order, each once. None where they are
    /// not known beforehand.
    pub(super) fn seconds(self, window: Window) -> Option<Seconds<'a>> {
        let instants = match self {
            Self::Rate(rate) => Instants::Rate(rate, window.before(true)),
            Self::Aligned(rate) => Instants::Rate(rate, window.before(false)),
            Self::Delay(_) => return None,
            Self::Wall(wall) => Instants::Wall(wall.upcoming(window.from)),
            Self::Once(at) => Instants::Once(Some(at).filter(|at| *at > window.from)),
        };
        Some(Seconds { instants, until: window.until })
    }
}

/// The seconds in which a task is due.
pub(super) struct Seconds<'a> {
    instants: Instants<'a>,
    until: Timestamp,
}

enum Instants<'a> {
    /// With the moment after which it goes on.
    Rate(FixedRate, u64),
    Wall(Upcoming<'a>),
    Once(Option<Timestamp>),
}

impl Iterator for Seconds<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        const NANOS: u64 = 1_000_000_000;
        let second = match &mut self.instants {
            Instants::Rate(rate, after) => {
                let second = rate.next_after(*after)? / NANOS;
                // To the end of this second.
                *after = second.checked_add(1)?.checked_mul(NANOS)? - 1;
                i64::try_from(second).ok()?
            }
            Instants::Wall(upcoming) => upcoming.next()?.at.as_second(),
            Instants::Once(at) => at.take()?.as_second(),
        };
        (second <= self.until.as_second()).then_some(second)
    }
}

/// The nanoseconds of an instant; 0 for what was before 1970.
fn since_1970(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanosecond().max(0)).unwrap_or(u64::MAX)
}
