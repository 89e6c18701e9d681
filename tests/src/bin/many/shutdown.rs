//! Bodies that shutdown finds in every state.

use std::{io, time::Duration};

use tasks_runtime::{Context, Handle, scheduled, task};
use tests::mark;
use tokio::time::sleep;

use crate::Marked;

#[scheduled(every = "1h")]
async fn hourly() {}

#[task]
async fn done_at_once() {}

#[task(enabled = false)]
async fn disabled() {}

#[task]
async fn needs_1s(cx: Context) {
    cx.cancelled().await;
    sleep(Duration::from_secs(1)).await;
    mark("needs_1s ends");
}

#[task]
async fn needs_3s(cx: Context) {
    cx.cancelled().await;
    sleep(Duration::from_secs(3)).await;
}

#[task]
async fn finishes() {
    mark("finishes began");
    sleep(Duration::from_millis(1500)).await;
}

#[task]
async fn deaf() {
    let _marked = Marked("deaf was dropped");
    sleep(Duration::from_secs(60)).await;
}

#[task]
async fn deaf_listener(_cx: Context) {
    let _marked = Marked("deaf_listener was dropped");
    sleep(Duration::from_secs(60)).await;
}

#[task(on_shutdown = "drop")]
async fn droppable() {
    let _marked = Marked("droppable was dropped");
    mark("droppable began");
    sleep(Duration::from_secs(60)).await;
}

#[task]
async fn endless_yield(cx: Context) {
    while !cx.is_cancelled() {
        tokio::task::yield_now().await;
    }
}

/// Returns an error because it was asked to stop.
#[task]
async fn fails_when_told(cx: Context) -> io::Result<()> {
    cx.cancelled().await;
    Err(io::Error::other("cut off"))
}

#[task(retry(max = 5, delay = "1h", jitter = "off"))]
async fn between_attempts() -> io::Result<()> {
    Err(io::Error::other("the first attempt"))
}

#[task(pool = "one", priority = "high")]
async fn holds_the_pool(cx: Context) {
    cx.cancelled().await;
}

#[task(pool = "one")]
async fn waits_for_the_pool() {
    mark("waits_for_the_pool began");
}

#[task]
async fn database(cx: Context) {
    cx.ready();
    cx.cancelled().await;
    mark("database was told");
}

#[task(after = "database")]
async fn server(cx: Context) {
    cx.ready();
    cx.cancelled().await;
    mark("server was told");
    sleep(Duration::from_millis(500)).await;
    mark("server ends");
}

#[task(after = "server")]
async fn client(cx: Context) {
    cx.cancelled().await;
    mark("client was told");
    sleep(Duration::from_millis(500)).await;
    mark("client ends");
}

#[task(after = "database")]
async fn slow_server(cx: Context) {
    cx.cancelled().await;
    mark("slow_server was told");
    sleep(Duration::from_secs(3)).await;
    mark("slow_server ends");
}

/// Fails once the others have begun.
#[task(essential = true)]
async fn essential_fails() -> io::Result<()> {
    sleep(Duration::from_millis(200)).await;
    Err(io::Error::other("not without me"))
}

#[task(essential = true, retry(max = 2, delay = "50ms", jitter = "off"))]
async fn essential_panics() {
    sleep(Duration::from_millis(200)).await;
    panic!("not without me");
}

#[task(essential = true)]
async fn essential_ends_well() {}

#[task]
async fn asks_for_shutdown(handle: Handle) {
    sleep(Duration::from_millis(100)).await;
    drop(handle.shutdown(None));
}

#[task]
async fn asks_at_once_for_shutdown(handle: Handle) {
    drop(handle.shutdown(None));
}

#[task]
async fn needs_nothing(cx: Context) {
    cx.cancelled().await;
}

#[task]
async fn asks_for_quick_shutdown(handle: Handle) {
    sleep(Duration::from_millis(100)).await;
    drop(handle.shutdown(Duration::from_millis(2500)));
}

/// Hears of the signal by Tokio too.
#[task(on_shutdown = "finish")]
async fn hears_the_signal_itself() -> io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    mark("listens to the signal");
    terminate.recv().await;
    mark("heard the signal");
    Ok(())
}

#[task(start = "manual")]
async fn one_of_many_deaf() {
    sleep(Duration::from_secs(60)).await;
}

#[task]
async fn starts_many_deaf(handle: Handle) -> anyhow::Result<()> {
    let many = std::env::var("FIXTURE_COUNT")?.parse()?;
    for _ in 0..many {
        drop(handle.spawn(one_of_many_deaf, ())?);
    }
    mark("starts_many_deaf");
    Ok(())
}
