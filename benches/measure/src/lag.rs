//! How late bodies began.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// Parts of each doubling: figures are exact to 3 %.
const PARTS: u64 = 32;

/// A histogram of lags that any thread may add to, without a lock.
#[derive(Debug)]
pub struct Lag {
    watching: AtomicBool,
    counts: Vec<AtomicU64>,
    early: AtomicU64,
}

impl Lag {
    /// Makes one for bodies that live as long as the process.
    pub fn shared() -> &'static Self {
        Box::leak(Box::new(Self {
            watching: AtomicBool::new(false),
            counts: (0..64 * PARTS).map(|_| AtomicU64::new(0)).collect(),
            early: AtomicU64::new(0),
        }))
    }

    /// Begins or ends the time in which lags are counted.
    pub fn watch(&self, on: bool) {
        self.watching.store(on, Relaxed);
    }

    /// Counts one body that began `ns` after it was due.
    pub fn record(&self, ns: i64) {
        if !self.watching.load(Relaxed) {
            return;
        }
        if ns < 0 {
            self.early.fetch_add(1, Relaxed);
        }
        self.counts[slot(ns.max(0) as u64)].fetch_add(1, Relaxed);
    }

    /// Counts one body that was due at this instant of the wall clock and begins now.
    pub fn record_wall(&self, due_ns: i128) {
        let lag = i128::from(crate::wall_ns()) - due_ns;
        self.record(i64::try_from(lag).unwrap_or(i64::MAX));
    }

    /// Returns how many bodies were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// Returns how many of them began before they were due.
    pub fn early(&self) -> u64 {
        self.early.load(Relaxed)
    }

    /// Returns the lag that this share of the bodies did not exceed.
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = ((self.count() as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        let reached = self.counts.iter().position(|count| {
            seen += count.load(Relaxed);
            seen >= wanted
        });
        Duration::from_nanos(reached.map_or(0, middle))
    }
}

/// Small lags have a slot each, others share one with their like.
fn slot(ns: u64) -> usize {
    if ns < PARTS {
        return ns as usize;
    }
    let doubling = u64::from(63 - ns.leading_zeros());
    ((doubling - 4) * PARTS + ((ns >> (doubling - 5)) - PARTS)) as usize
}

/// The middle of what falls into a slot.
fn middle(slot: usize) -> u64 {
    let slot = slot as u64;
    match slot / PARTS {
        0 => slot,
        1 => PARTS + slot % PARTS,
        row => ((PARTS + slot % PARTS) << (row - 1)) + (1 << (row - 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_holds_its_lag_within_three_percent() {
        for ns in (0..2000).chain((11..63).map(|power| (1 << power) + 12345 % (1 << power))) {
            let shown = middle(slot(ns));
            assert!(shown.abs_diff(ns) * 32 <= ns.max(1), "{ns} is shown as {shown}");
        }
    }

    #[test]
    fn quantiles_are_of_what_was_counted_while_watched() {
        let lag = Lag::shared();
        lag.record(1_000_000);
        assert_eq!(lag.count(), 0, "nobody watched");
        lag.watch(true);
        (1..=100).for_each(|lateness| lag.record(lateness * 1000));
        assert_eq!((lag.count(), lag.early()), (100, 0));
        let (half, all) = (lag.quantile(0.5).as_nanos(), lag.quantile(1.0).as_nanos());
        assert!((48_500..51_500).contains(&half) && (97_000..103_000).contains(&all), "{half} {all}");
    }
}
