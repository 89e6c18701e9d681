// Ten annotated functions of the kinds that programs have, for `include!`.
// Each body names its module, so that no two of them are alike and none is
// folded into another.

use std::{hint::black_box, io, time::Duration};

use tasks_runtime::{CancellationToken, Context, Handle, Input, State, scheduled, task};

/// The plainest there is.
#[task(start = "manual")]
async fn plain() {
    black_box(module_path!());
}

#[task(start = "manual", timeout = "30s", retry = 3)]
async fn fails() -> Result<(), io::Error> {
    Err(io::Error::other(module_path!()))
}

#[task]
async fn serves(token: CancellationToken) {
    black_box(module_path!());
    token.cancelled().await;
}

#[task(restart = "on-failure", on_shutdown = "cancel")]
async fn reads_state(State(name): State<String>, cx: Context) -> Result<(), io::Error> {
    black_box((module_path!(), name, cx.attempt()));
    Ok(())
}

#[task(overlap = "allow(4)", max_running = 4)]
async fn takes_a_value(Input(number): Input<u64>) -> Result<u64, io::Error> {
    black_box(module_path!());
    Ok(number)
}

#[task(start = "manual")]
fn blocks(cx: Context) {
    black_box((module_path!(), cx.attempt()));
    drop(cx);
}

#[scheduled(every = "5m", jitter = "10s")]
async fn polls() -> Result<(), io::Error> {
    tokio::task::yield_now().await;
    black_box(module_path!());
    Ok(())
}

#[scheduled(cron = "30 2 * * *", timezone = "Europe/Madrid", misfire = "skip")]
async fn nightly(handle: Handle, cx: Context) {
    black_box((module_path!(), handle.tasks().len(), cx.attempt()));
}

#[scheduled(delay = Duration::from_secs(60), timeout = "1h")]
fn sweeps() -> Result<(), io::Error> {
    black_box(module_path!());
    Ok(())
}

#[scheduled(at = "2030-01-31T09:00:00Z", retry(max = 5, delay = "1s", max_delay = "1m"))]
async fn once(State(name): State<String>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    black_box((module_path!(), name));
    Ok(())
}
