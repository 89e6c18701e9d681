//! Schedules, and what happens to their runs.

use std::{
    io,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use serde_json::json;
use tasks_runtime::{Context, Handle, Outcome, SkipReason, scheduled, task};
use tests::mark_with;
use tokio::time::sleep;

/// Marks a run with the instant at which it was due, in nanoseconds since 1970.
fn ran(cx: &Context) {
    let due = cx.scheduled_at().map(|at| u64::try_from(at.as_nanosecond()).unwrap_or_default());
    mark_with(cx.task(), json!({ "due": due, "attempt": cx.attempt() }));
}

#[scheduled(every = "200ms")]
async fn grid(cx: Context) {
    ran(&cx);
}

#[scheduled(every = "200ms", misfire = "once")]
async fn grid_once(cx: Context) {
    ran(&cx);
}

#[scheduled(every = "200ms", misfire = "skip")]
async fn grid_skip(cx: Context) {
    ran(&cx);
}

#[scheduled(every = "1s", initial_delay = "0s")]
async fn at_once(cx: Context) {
    ran(&cx);
}

#[scheduled(every = "1s")]
async fn after_one_period(cx: Context) {
    ran(&cx);
}

#[scheduled(every = "1h", on_start = true)]
async fn on_start(cx: Context) {
    ran(&cx);
}

#[scheduled(delay = "200ms")]
async fn with_delay(cx: Context) {
    ran(&cx);
    sleep(Duration::from_millis(100)).await;
    mark_with("with_delay ends", json!({}));
}

#[scheduled(cron = "* * * * * *")]
async fn each_second(cx: Context) {
    ran(&cx);
}

#[scheduled(at = "2020-01-31T09:00:00Z")]
async fn long_ago() {}

static AT_ONE_TIME: AtomicU32 = AtomicU32::new(0);

/// Longer than its period; marks how many there are at one time.
async fn long_run(cx: &Context) {
    let running = AT_ONE_TIME.fetch_add(1, Ordering::SeqCst) + 1;
    mark_with(cx.task(), json!({ "running": running }));
    sleep(Duration::from_millis(450)).await;
    AT_ONE_TIME.fetch_sub(1, Ordering::SeqCst);
}

#[scheduled(every = "200ms", overlap = "skip")]
async fn long_and_skips(cx: Context) {
    long_run(&cx).await;
}

#[scheduled(every = "200ms", overlap = "allow")]
async fn long_and_allows(cx: Context) {
    long_run(&cx).await;
}

/// Says at shutdown what was counted.
#[task]
async fn counts(cx: Context, handle: Handle) {
    cx.cancelled().await;
    for task in handle.tasks() {
        let runs: u64 = task.counts.total();
        let succeeded = task.counts.runs(Outcome::Succeeded);
        let overlap = task.counts.skips(SkipReason::Overlap);
        let misfire = task.counts.skips(SkipReason::Misfire);
        if runs > 0 {
            let facts = json!({ "task": &*task.name, "runs": runs, "succeeded": succeeded, "overlap": overlap, "misfire": misfire });
            mark_with("counts", facts);
        }
    }
}

// Whatever a body does, its schedule goes on.

#[scheduled(every = "1s")]
async fn real_fails(cx: Context) -> io::Result<()> {
    ran(&cx);
    Err(io::Error::other("every time"))
}

#[scheduled(every = "1s")]
async fn real_panics(cx: Context) {
    ran(&cx);
    panic!("every time");
}

#[scheduled(every = "1s", timeout = "300ms", grace = "0s")]
async fn real_overruns(cx: Context) {
    ran(&cx);
    sleep(Duration::from_secs(60)).await;
}

#[scheduled(every = "1s")]
async fn real_blocks(cx: Context) {
    ran(&cx);
    thread::sleep(Duration::from_millis(400));
}

#[scheduled(every = "1s", timeout = "200ms", grace = "0s")]
async fn real_is_late(cx: Context) {
    ran(&cx);
    thread::sleep(Duration::from_millis(400));
}

#[scheduled(every = "1s", retry(max = 1, delay = "100ms", jitter = "off"))]
async fn real_retries(cx: Context) -> io::Result<()> {
    ran(&cx);
    Err(io::Error::other("every time"))
}

#[scheduled(every = "1s")]
fn real_panics_on_a_thread() {
    panic!("every time");
}
