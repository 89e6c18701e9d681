//! W1 and W2: runs of annotated functions, started from code.

use std::{
    io,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use anyhow::{Result, ensure};
use measure::{Living, Runs};
use tasks_runtime::{Context, Handle, Outcome, registration, task};

static ENDED: AtomicUsize = AtomicUsize::new(0);
static BEGUN: AtomicUsize = AtomicUsize::new(0);

#[task(start = "manual", timeout = "30s")]
async fn ends_at_once() -> io::Result<()> {
    ENDED.fetch_add(1, Relaxed);
    Ok(())
}

#[task(start = "manual", timeout = "30s")]
async fn yields_once() -> io::Result<()> {
    tokio::task::yield_now().await;
    ENDED.fetch_add(1, Relaxed);
    Ok(())
}

// A million of them take longer to start than 30 s where the machine is busy.
#[task(start = "manual", timeout = "10m")]
async fn waits(cx: Context) -> io::Result<()> {
    BEGUN.fetch_add(1, Relaxed);
    cx.cancelled().await;
    Ok(())
}

pub(crate) async fn ready(n: usize) -> Result<()> {
    let handle = crate::start([registration!(ends_at_once)]).await?;
    let runs = Runs::begin(n);
    for _ in 0..n {
        drop(handle.spawn(ends_at_once, ())?);
    }
    all_recorded(&handle, n).await?;
    runs.all_ended();
    Ok(())
}

pub(crate) async fn yielding(n: usize) -> Result<()> {
    let handle = crate::start([registration!(yields_once)]).await?;
    let runs = Runs::begin(n);
    for _ in 0..n {
        drop(handle.spawn(yields_once, ())?);
    }
    all_recorded(&handle, n).await?;
    runs.all_ended();
    Ok(())
}

/// Waits until every run has its result. The bodies are counted first, since
/// asking for results takes the lock of the engine.
async fn all_recorded(handle: &Handle, n: usize) -> Result<()> {
    while ENDED.load(Relaxed) < n {
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    loop {
        let tasks = handle.tasks();
        if tasks[0].counts.total() == n as u64 {
            ensure!(tasks[0].counts.runs(Outcome::Succeeded) == n as u64, "a run has failed");
            return Ok(());
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

pub(crate) async fn living(n: usize) -> Result<()> {
    let handle = crate::start([registration!(waits)]).await?;
    let living = Living::begin(&BEGUN, n);
    for _ in 0..n {
        drop(handle.spawn(waits, ())?);
    }
    let cancelling = living.all_live().await;
    let report = handle.shutdown(None).await;
    cancelling.all_joined();
    // Not part of the measurement, but then nothing would have been measured.
    ensure!(report.is_clean(), "{n} runs did not all end: {} were cut", report.cut().len());
    Ok(())
}
