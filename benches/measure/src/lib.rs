//! What the contenders share, so that all of them are measured alike.
//!
//! A contender is a program that is called as `PROGRAM CONTENDER WORKLOAD N [EXTRA]`
//! and writes one line of figures, `figures name=value …`, to its stdout.

mod args;
mod counters;
mod figures;
mod grid;
mod lag;
mod living;
mod watch;

pub use self::{
    args::{Args, Workload},
    counters::{cpu_time, monotonic_ns, peak_bytes, resident_bytes, switches, wall_ns},
    figures::{Figures, say},
    grid::Grid,
    lag::Lag,
    living::Living,
    watch::{Runs, Setup, blocked_for_ever, ready_after, watch_firing, watch_idle},
};

use std::time::Duration;

/// The limit that whoever supervises a run sets to it.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Builds the Tokio runtime of every contender: two workers, all drivers.
///
/// # Errors
///
/// Fails if the system gives it no threads or descriptors.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
