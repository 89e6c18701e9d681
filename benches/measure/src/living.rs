//! W2: how many bodies live, and what they cost.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::{Duration, Instant},
};

use crate::{Figures, resident_bytes};

/// How long memory may settle once every body lives.
const SETTLE: Duration = Duration::from_millis(500);

/// Counts bodies that have begun to wait, and measures from before the first
/// is started until after all have ended.
#[derive(Debug)]
pub struct Living {
    begun: &'static AtomicUsize,
    wanted: usize,
    bytes: u64,
    since: Instant,
}

impl Living {
    /// Begins to measure; `begun` is what the bodies add to.
    pub fn begin(begun: &'static AtomicUsize, wanted: usize) -> Self {
        Self { begun, wanted, bytes: resident_bytes(), since: Instant::now() }
    }

    /// Waits until all live. Returns the moment before they are cancelled.
    pub async fn all_live(self) -> Cancelling {
        while self.begun.load(Relaxed) < self.wanted {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let took = self.since.elapsed();
        tokio::time::sleep(SETTLE).await;
        let bytes = resident_bytes().saturating_sub(self.bytes);
        let figures = Figures::default()
            .with("bytes", bytes as f64 / self.wanted as f64)
            .with("start_ns", took.as_nanos() as f64 / self.wanted as f64);
        Cancelling { figures, since: Instant::now() }
    }
}

/// All live, and are cancelled now.
#[derive(Debug)]
#[must_use = "the end is measured by `all_joined`"]
pub struct Cancelling {
    figures: Figures,
    since: Instant,
}

impl Cancelling {
    /// Writes the figures: all have ended, and were waited for.
    pub fn all_joined(self) {
        self.figures.with("shutdown_ms", self.since.elapsed().as_secs_f64() * 1e3).write();
    }
}
