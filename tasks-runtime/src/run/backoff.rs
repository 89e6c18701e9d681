//! How long the waits between attempts, and between runs of a service, are.

use std::time::Duration;

use tasks_core::policy::Jitter;

use crate::plan::Backoff;

/// The `number`th wait, counted from 1. `random` is uniform in [0, 1).
pub(super) fn wait(backoff: &Backoff, number: u32, random: f64) -> Duration {
    if backoff.delay.is_zero() {
        // Zero times infinity is no number.
        return Duration::ZERO;
    }
    let exponent = i32::try_from(number.saturating_sub(1)).unwrap_or(i32::MAX);
    let grown = backoff.delay.as_secs_f64() * backoff.factor.powi(exponent);
    let longest = backoff.max_delay.as_secs_f64();
    // Infinite growth is capped too.
    let wait = if grown < longest { grown } else { longest };
    match backoff.jitter {
        // Uniform in (0, d]: zero would be no wait at all.
        Jitter::Full => Duration::from_secs_f64(wait * (1.0 - random)),
        Jitter::Off => Duration::from_secs_f64(wait),
    }
}
