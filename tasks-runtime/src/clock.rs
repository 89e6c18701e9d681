//! The one clock of a program.
//!
//! Everything that depends on time asks this module. Production reads the
//! system; under virtual time the wall clock is derived from Tokio's paused
//! clock, so that the two always move together.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Monotonic time since the clock was made, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Mono(pub(crate) u64);

impl Mono {
    /// Later than everything.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }

    /// The time that passed since an earlier moment, zero if it is not earlier.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// A duration in nanoseconds, capped: 584 years are enough.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Adds a duration to an instant of the wall clock, capped at the end of time.
pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The time from `earlier` to `at`, zero if that is not earlier.
pub(crate) fn wall_since(at: Timestamp, earlier: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

/// A reading of both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    pub(crate) mono: Mono,
    pub(crate) wall: Timestamp,
}

/// Reads both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    epoch: Instant,
    /// Where virtual time began; `None` reads the system's wall clock.
    virtual_start: Option<Timestamp>,
}

impl Clock {
    pub(crate) fn system() -> Self {
        Self { epoch: Instant::now(), virtual_start: None }
    }

    /// Derives the wall clock from Tokio's clock, which a test may have paused.
    pub(crate) fn virtual_from(start: Timestamp) -> Self {
        Self { epoch: Instant::now(), virtual_start: Some(start) }
    }

    pub(crate) fn is_virtual(&self) -> bool {
        self.virtual_start.is_some()
    }

    pub(crate) fn mono(&self) -> Mono {
        Mono(nanos(self.epoch.elapsed()))
    }

    pub(crate) fn now(&self) -> Now {
        let mono = self.mono();
        let wall = match self.virtual_start {
            Some(start) => later(start, Duration::from_nanos(mono.0)),
            None => Timestamp::now(),
        };
        Now { mono, wall }
    }

    /// The instant of a monotonic time, for Tokio's timers. Tokio caps a sleep
    /// at some thirty years, so "never" is simply far away.
    pub(crate) fn instant(&self, mono: Mono) -> Instant {
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
        self.epoch + Duration::from_nanos(mono.0).min(CENTURY)
    }

    /// The monotonic time of an instant that was read elsewhere.
    pub(crate) fn mono_of(&self, instant: Instant) -> Mono {
        Mono(nanos(instant.saturating_duration_since(self.epoch)))
    }
}
