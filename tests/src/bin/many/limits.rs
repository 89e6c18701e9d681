//! Bodies past their limits.

use std::{thread, time::Duration};

use tasks_runtime::{CancellationToken, Context, scheduled, task};
use tests::{mark, mark_with};
use tokio::time::sleep;

use crate::Marked;

#[task(timeout = "300ms")]
async fn limited() {
    let _marked = Marked("limited was dropped");
    sleep(Duration::from_secs(10)).await;
}

#[task(timeout = "300ms", retry = 2)]
async fn limited_and_late() {
    mark("limited_and_late began");
    thread::sleep(Duration::from_secs(1));
}

#[task(
    timeout = "200ms",
    deadline = "1s",
    retry(max = "unlimited", delay = "100ms", factor = 1, jitter = "off")
)]
async fn limited_twice() {
    mark("limited_twice began");
    sleep(Duration::from_secs(10)).await;
}

#[task(timeout = "200ms", grace = "1s")]
async fn limited_and_polite(cx: Context) {
    cx.cancelled().await;
    mark("limited_and_polite was told");
    sleep(Duration::from_millis(300)).await;
    mark("limited_and_polite ends");
}

#[task(timeout = "200ms", grace = "300ms")]
async fn limited_and_impolite(_cx: Context) {
    let _marked = Marked("limited_and_impolite was dropped");
    sleep(Duration::from_secs(10)).await;
}

#[task(timeout = "200ms", retry = 2)]
fn limited_on_a_thread() {
    mark("limited_on_a_thread began");
    thread::sleep(Duration::from_millis(700));
}

#[task(timeout = "200ms")]
#[expect(clippy::needless_pass_by_value, reason = "what a body takes is its own")]
fn limited_on_a_thread_and_polite(cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        thread::sleep(Duration::from_millis(5));
    }
    mark("limited_on_a_thread_and_polite was told");
}

#[task(timeout = "100ms", grace = "0s")]
async fn stuck_for_3s() {
    thread::sleep(Duration::from_secs(3));
}

/// Tells of every firing when it ran.
#[scheduled(every = "50ms")]
async fn ticker(cx: Context) {
    mark_with("ticker", serde_json::json!({ "due": cx.scheduled_at().map(|at| at.to_string()) }));
}
