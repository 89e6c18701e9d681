//! The one clock of a program.
//!
//! Everything that depends on time asks this module. Production reads the
//! system; under virtual time the wall clock is derived from Tokio's paused
//! clock, so that the two always move together.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use jiff::Timestamp;
use tasks_core::__private::{instant_of, nanos_of};
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

/// An instant of the wall clock, or none, in eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Brief(i64);

impl Brief {
    const NONE: i64 = i64::MIN;

    /// None if the instant does not fit: it has to lie between 1677 and 2262.
    pub(crate) fn of(at: Option<Timestamp>) -> Option<Self> {
        let Some(at) = at else { return Some(Self(Self::NONE)) };
        nanos_of(at).filter(|nanos| *nanos != Self::NONE).map(Self)
    }

    pub(crate) fn get(self) -> Option<Timestamp> {
        (self.0 != Self::NONE).then(|| instant_of(self.0))
    }
}

/// A reading of both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    pub(crate) mono: Mono,
    pub(crate) wall: Timestamp,
}

/// Reads both clocks.
#[derive(Debug)]
pub(crate) struct Clock {
    epoch: Instant,
    /// Where virtual time began; `None` reads the system's wall clock.
    virtual_start: Option<Timestamp>,
    wall: Wall,
}

/// The wall clock, read again when the last reading is older than [`FRESH`].
///
/// In between it is the monotonic clock that moves it: a run has several
/// instants to note, and reading two clocks for each is a good part of what it
/// costs. A step of the wall clock is seen that much later.
#[derive(Debug)]
struct Wall {
    /// When it was read: nanoseconds of the monotonic clock.
    read: AtomicU64,
    /// What it would have shown when the monotonic clock began: nanoseconds
    /// since 1970.
    start: AtomicI64,
}

/// How long a reading of the wall clock is good: what no timer of the framework
/// is finer than, so that whoever slept reads it.
const FRESH: u64 = 1_000_000;

impl Wall {
    fn new() -> Self {
        // Older than anything, so that the first look reads it.
        Self { read: AtomicU64::new(u64::MAX), start: AtomicI64::new(0) }
    }

    fn at(&self, mono: Mono, read_mono: impl Fn() -> Mono) -> Timestamp {
        let read = self.read.load(Ordering::Acquire);
        // A thread that comes a little late is no reason to read it again.
        if mono.0.saturating_sub(read) < FRESH && read != u64::MAX {
            let now = self.start.load(Ordering::Relaxed).saturating_add_unsigned(mono.0);
            return instant_of(now);
        }
        let now = Timestamp::now();
        // Read after it: a thread that loses its turn in between makes what is
        // derived late, never early. If it lost it for long, nothing is derived.
        let before = mono;
        let mono = read_mono();
        // Its nanoseconds fit until the year 2262; after that each look reads it.
        if let Ok(nanos) = i64::try_from(now.as_nanosecond())
            && mono.0.saturating_sub(before.0) < FRESH
        {
            self.start.store(nanos.saturating_sub_unsigned(mono.0), Ordering::Relaxed);
            self.read.store(mono.0, Ordering::Release);
        }
        now
    }
}

impl Clock {
    pub(crate) fn system() -> Self {
        Self { epoch: Instant::now(), virtual_start: None, wall: Wall::new() }
    }

    /// Derives the wall clock from Tokio's clock, which a test may have paused.
    pub(crate) fn virtual_from(start: Timestamp) -> Self {
        Self { epoch: Instant::now(), virtual_start: Some(start), wall: Wall::new() }
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
            None => self.wall.at(mono, || self.mono()),
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
