//! Grids of equally spaced instants on a monotonic clock.

use std::num::NonZeroU64;

/// A grid of instants: a first one, then one for each period, for ever.
///
/// Instants are nanoseconds of a monotonic clock that the caller chooses. The
/// grid never moves: an instant is computed from the first one, not from the
/// one before, so no delay adds up. Instants past `u64::MAX` (584 years) do
/// not exist; nothing overflows.
///
/// ```
/// use std::num::NonZeroU64;
/// use tasks_schedule::FixedRate;
///
/// let grid = FixedRate::new(100, NonZeroU64::new(30).unwrap());
/// assert_eq!(grid.next_after(0), Some(100));
/// assert_eq!(grid.next_after(130), Some(160));
/// assert_eq!(grid.latest_at_or_before(159), Some(130));
/// assert_eq!(grid.count_between(100, 190), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FixedRate {
    first: u64,
    period: NonZeroU64,
}

impl FixedRate {
    /// Makes the grid `first`, `first + period`, `first + 2 * period`, …
    pub const fn new(first: u64, period: NonZeroU64) -> Self {
        Self { first, period }
    }

    /// The first instant of the grid, in nanoseconds.
    pub const fn first(self) -> u64 {
        self.first
    }

    /// The distance between two instants, in nanoseconds.
    pub const fn period(self) -> NonZeroU64 {
        self.period
    }

    /// The earliest instant that is strictly later than `now`, or `None` when
    /// it does not fit the clock.
    pub const fn next_after(self, now: u64) -> Option<u64> {
        match self.latest_at_or_before(now) {
            None => Some(self.first),
            Some(latest) => latest.checked_add(self.period.get()),
        }
    }

    /// The latest instant that is not later than `now`, or `None` before the
    /// first one.
    pub const fn latest_at_or_before(self, now: u64) -> Option<u64> {
        match now.checked_sub(self.first) {
            None => None,
            Some(elapsed) => Some(now - elapsed % self.period.get()),
        }
    }

    /// How many instants lie in the interval that excludes `after` and
    /// includes `until`; 0 when it is empty.
    pub const fn count_between(self, after: u64, until: u64) -> u64 {
        match (self.next_after(after), self.latest_at_or_before(until)) {
            // No overflow: the earliest is later than `after`, so not 0.
            (Some(earliest), Some(latest)) if earliest <= latest => {
                (latest - earliest) / self.period.get() + 1
            }
            _ => 0,
        }
    }
}
