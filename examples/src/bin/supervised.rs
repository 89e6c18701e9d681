//! Long-lived tasks beside schedules, and what shutdown does to each of them.
//!
//! ```text
//! cargo run -p examples --bin supervised
//! ```
//!
//! Stop it with Ctrl-C or SIGTERM. It ends after 4.5 s with 124, because two of
//! its tasks leave the framework no choice:
//!
//! | task | what it does | what shutdown does to it |
//! |---|---|---|
//! | `follow_queue` | waits for work or for the end | asks it to stop; it finishes its item: `succeeded` |
//! | `compress_logs` | a plain function that looks at its token | the same, on a thread of its own: `succeeded` |
//! | `heartbeat` | a schedule | fires no more; a run in flight ends by itself |
//! | `connect` | retries until it is connected | a wait between two attempts ends at once: `interrupted` |
//! | `watch_files` | sleeps, never asks, says `on_shutdown = "drop"` | drops it at once: `interrupted`, as it wished |
//! | `deaf` | sleeps, never asks | lets it be until 1 s before the budget ends, then drops it: `interrupted`, 124 |
//! | `stuck` | blocks its thread | cannot drop it; names it after another 0.5 s: `abandoned`, 124 |
//!
//! A blocked thread costs everybody: with one worker thread (`TOKIO_WORKER_THREADS=1`)
//! nothing else gets a turn beside `stuck`, and it all ends as it does, `abandoned`.
//!
//! Without the last two it ends with 0, about half a second after the signal:
//!
//! ```text
//! cargo run -p examples --bin supervised -- --skip-tasks deaf,stuck
//! ```
#![forbid(unsafe_code)]

use std::{process::ExitCode, thread, time::Duration};

use tasks_runtime::{CancellationToken, Context, scheduled, task};
use tokio::time::{interval, sleep};

const HOUR: Duration = Duration::from_secs(3600);

/// Connects to a server that is not there at first.
#[task(retry(max = 5, delay = "500ms", jitter = "off"))]
async fn connect(cx: Context) -> anyhow::Result<()> {
    anyhow::ensure!(cx.attempt() > 2, "connection refused");
    tracing::info!("connected");
    Ok(())
}

/// Takes items from a queue, and finishes the one at hand when asked to stop.
#[task(after = "connect")]
async fn follow_queue(cx: Context) {
    let mut items = interval(Duration::from_secs(2));
    loop {
        tokio::select! {
            () = cx.cancelled() => break,
            _ = items.tick() => work_on_item().await,
        }
    }
    tracing::info!("finishing the last item");
    work_on_item().await;
}

async fn work_on_item() {
    sleep(Duration::from_millis(500)).await;
}

/// Compresses logs one by one. A plain function runs on a thread that may block.
#[task]
#[expect(clippy::needless_pass_by_value, reason = "a task owns what it is given")]
fn compress_logs(cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        thread::sleep(Duration::from_millis(50));
    }
    tracing::info!("stopping between two files");
}

/// Says that the program is alive.
#[scheduled(every = "2s", after = "connect")]
async fn heartbeat() {
    tracing::info!("alive");
}

/// Watches files, with nothing to lose.
#[task(on_shutdown = "drop")]
async fn watch_files() {
    sleep(HOUR).await;
}

/// Sleeps and cannot hear. Shutdown waits for it as long as it can.
#[task]
async fn deaf() {
    sleep(HOUR).await;
}

/// Blocks its thread, as a call into a library may do by mistake.
#[task]
async fn stuck() {
    thread::sleep(HOUR);
}

fn main() -> ExitCode {
    tasks_runtime::main()
}
