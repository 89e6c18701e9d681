//! Tasks that are meant to run until shutdown, and do not.

use std::{io, thread, time::Duration};

use tasks_runtime::{CancellationToken, Context, task};
use tests::mark;

#[task(essential = true, restart(policy = "on-failure", delay = "20ms", jitter = "off", max = 3))]
async fn essential_service_crashes() -> io::Result<()> {
    Err(io::Error::other("address already in use"))
}

#[task(restart(
    policy = "always",
    delay = "20ms",
    jitter = "off",
    max = 2,
    max_delay = "400ms",
    within = "5s"
))]
async fn service_panics_at_first(cx: Context) {
    static RUNS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let run = RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    assert!(run >= 4, "not ready yet");
    mark("at last");
    cx.cancelled().await;
}

#[task(restart = "on-failure")]
async fn service_returns() {}

#[task(essential = true, restart = "on-failure")]
async fn essential_service_returns() {}

/// A plain function may be a service if it listens. It works on a thread of
/// its own, of which each restart has a new one.
#[task(restart(policy = "on-failure", delay = "20ms", jitter = "off"))]
#[expect(clippy::needless_pass_by_value, reason = "a task owns what it is given")]
fn blocking_service(cancel: CancellationToken) -> io::Result<()> {
    static RUNS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    if RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
        return Err(io::Error::other("the device is busy"));
    }
    mark("works");
    while !cancel.is_cancelled() {
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
