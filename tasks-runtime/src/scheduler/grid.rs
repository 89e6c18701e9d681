//! The due instants of a schedule, on whichever clock it lives.

use std::{num::NonZeroU64, time::Duration};

use jiff::Timestamp;
use tasks_core::zone::{DstNote, Due, WallSchedule};
use tasks_schedule::FixedRate;

use crate::{
    clock::{Mono, Now, nanos},
    plan::{PlannedSchedule, Rule, Walk},
};

/// A moment of a grid's clock in nanoseconds: since the engine's clock was
/// made, or since 1970.
pub(super) type Nanos = i128;

/// The due instants of a schedule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Grid<'a> {
    /// Fixed rate on the monotonic clock.
    Mono(FixedRate),
    /// Fixed rate on the wall clock, from midnight UTC.
    Aligned(FixedRate),
    /// Cron in a zone, and where the walk along it stands.
    Cron(&'a WallSchedule, &'a Walk),
    /// One instant of the wall clock.
    Once(Nanos),
}

/// A due instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) at: Nanos,
    /// Local times beside the first that a gap of daylight saving time put onto it.
    pub(super) merged: u64,
}

impl<'a> Grid<'a> {
    /// The grid of a schedule that has an instant of it at `at`.
    pub(super) fn of(schedule: &'a PlannedSchedule, at: Nanos) -> Self {
        match &schedule.rule {
            Rule::Every { period, .. } | Rule::Delay { delay: period, .. } => {
                Self::mono(Mono(u64::try_from(at).unwrap_or_default()), *period)
            }
            Rule::Aligned { period } => Self::aligned(*period),
            Rule::Cron(wall) => Self::cron(wall, &schedule.walk),
            Rule::At(at) => Self::Once(at.as_nanosecond()),
        }
    }

    pub(super) fn mono(first: Mono, period: Duration) -> Self {
        Self::Mono(FixedRate::new(first.0, non_zero(period)))
    }

    pub(super) fn aligned(period: Duration) -> Self {
        Self::Aligned(FixedRate::new(0, non_zero(period)))
    }

    pub(super) fn cron(wall: &'a WallSchedule, walk: &'a Walk) -> Self {
        Self::Cron(wall, walk)
    }

    pub(super) fn is_mono(&self) -> bool {
        matches!(self, Self::Mono(_))
    }

    /// Reads the clock that the grid lives on.
    pub(super) fn read(&self, now: Now) -> Nanos {
        match self {
            Self::Mono(_) => now.mono.0.into(),
            Self::Aligned(_) | Self::Cron(..) | Self::Once(_) => now.wall.as_nanosecond(),
        }
    }

    pub(super) fn after(&self, at: Nanos) -> Option<Slot> {
        let plain = |at: Nanos| Slot { at, merged: 0 };
        match self {
            Self::Mono(rate) | Self::Aligned(rate) if at < 0 => Some(plain(rate.first().into())),
            Self::Mono(rate) | Self::Aligned(rate) => {
                rate.next_after(u64::try_from(at).ok()?).map(|at| plain(at.into()))
            }
            Self::Cron(wall, walk) => walk.step(|place| wall.next_after_from(stamp(at), place)).map(slot_of),
            Self::Once(once) => (*once > at).then(|| plain(*once)),
        }
    }

    pub(super) fn latest(&self, at: Nanos) -> Option<Nanos> {
        match self {
            Self::Mono(rate) | Self::Aligned(rate) => {
                rate.latest_at_or_before(u64::try_from(at).ok()?).map(Nanos::from)
            }
            Self::Cron(wall, _) => wall.latest_at_or_before(stamp(at)).map(|due| due.at.as_nanosecond()),
            Self::Once(once) => (*once <= at).then_some(*once),
        }
    }

    /// Counts the instants in (after, until].
    pub(super) fn count(&self, after: Nanos, until: Nanos) -> u64 {
        match self {
            Self::Mono(rate) | Self::Aligned(rate) => {
                let (Ok(after), Ok(until)) = (u64::try_from(after), u64::try_from(until)) else { return 0 };
                rate.count_between(after, until)
            }
            Self::Cron(wall, _) => wall.count_between(stamp(after), stamp(until)),
            Self::Once(once) => u64::from(*once > after && *once <= until),
        }
    }

    /// The instants in (after, until] onto which a gap of daylight saving time
    /// put several local times.
    pub(super) fn merged_between(&self, after: Nanos, until: Nanos) -> Vec<Slot> {
        match self {
            Self::Cron(wall, _) if until > after && wall.cron().is_fixed_time() => wall
                .upcoming(stamp(after))
                .take_while(|due| due.at.as_nanosecond() <= until)
                .take(MOST_WALKED)
                .map(slot_of)
                .filter(|slot| slot.merged > 0)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The time from an instant to the next one; none after the last.
    pub(super) fn period_at(&self, at: Nanos) -> Option<Duration> {
        match self {
            Self::Mono(rate) | Self::Aligned(rate) => Some(Duration::from_nanos(rate.period().get())),
            Self::Cron(..) | Self::Once(_) => self.after(at).map(|next| length(next.at - at)),
        }
    }
}

/// Missed instants that are looked at one by one for gaps: a look at the clock
/// is bounded, however long the machine slept.
const MOST_WALKED: usize = 10_000;

fn slot_of(due: Due) -> Slot {
    let merged = match due.dst {
        Some(DstNote::Gap { count, .. }) => count - 1,
        _ => 0,
    };
    Slot { at: due.at.as_nanosecond(), merged }
}

fn non_zero(period: Duration) -> NonZeroU64 {
    NonZeroU64::new(nanos(period)).unwrap_or(NonZeroU64::MIN)
}

/// A moment of the wall clock, cut to what a timestamp can hold.
pub(super) fn stamp(at: Nanos) -> Timestamp {
    let limits = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
    Timestamp::from_nanosecond(at.clamp(*limits.start(), *limits.end())).unwrap_or(Timestamp::MAX)
}

/// A distance, zero if it is negative.
pub(super) fn length(distance: Nanos) -> Duration {
    u64::try_from(distance.max(0)).map_or(Duration::MAX, Duration::from_nanos)
}

/// A duration as a distance.
pub(super) fn distance(length: Duration) -> Nanos {
    Nanos::from(nanos(length))
}
