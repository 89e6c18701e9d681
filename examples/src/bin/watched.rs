//! A program that is watched: an observer counts, a hook gives each attempt a
//! scope of its own, a task follows the events, and another asks why.
//!
//! ```text
//! cargo run -p examples --bin watched
//! ```
//!
//! Let it run for ten seconds, then stop it with Ctrl-C.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "what it shows is for whoever started it")]

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tasks_runtime::{Context, Event, EventKind, Handle, Observer, scheduled, task};
use tokio::time::sleep;

/// Counters by their name and labels, as a metrics library keeps them.
#[derive(Default)]
struct Metrics(Mutex<BTreeMap<String, u64>>);

impl Metrics {
    fn add(&self, counter: String, count: u64) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry(counter).or_default() += count;
    }

    fn print(&self) {
        for (counter, count) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            println!("{counter} {count}");
        }
    }
}

impl Observer for Metrics {
    fn observe(&self, event: &Event) {
        match &event.kind {
            EventKind::RunEnded { result, .. } => {
                let (task, outcome) = (&result.task, result.outcome);
                self.add(format!("runs_total{{task=\"{task}\",outcome=\"{outcome}\"}}"), 1);
            }
            EventKind::FiringSkipped { task, reason, count, .. } => {
                self.add(format!("skipped_total{{task=\"{task}\",reason=\"{reason}\"}}"), *count);
            }
            EventKind::RetryScheduled { run, .. } => {
                self.add(format!("retries_total{{task=\"{}\"}}", run.task), 1);
            }
            _ => {}
        }
    }
}

tokio::task_local! {
    /// What every line of an attempt is found by, however deep in the code.
    static REQUEST: String;
}

/// Somewhere deep in the application.
fn request_id() -> String {
    REQUEST.try_with(Clone::clone).unwrap_or_default()
}

/// Asks a server that fails every other time.
#[scheduled(every = "1s", retry(max = 1, delay = "200ms", jitter = "off"))]
async fn fetch_rates() -> anyhow::Result<()> {
    static REQUESTS: AtomicU32 = AtomicU32::new(0);
    anyhow::ensure!(
        REQUESTS.fetch_add(1, Ordering::Relaxed) % 2 == 1,
        "connection refused ({})",
        request_id()
    );
    Ok(())
}

/// Takes longer than its period, so that firings find it running.
#[scheduled(every = "1s")]
async fn export() {
    sleep(Duration::from_millis(2500)).await;
}

/// Says why `export` does what it does.
#[scheduled(every = "5s")]
async fn explain(handle: Handle) -> anyhow::Result<()> {
    println!("{}\n", handle.why("export")?);
    Ok(())
}

/// Follows what happens, at its own pace: it could write to a slow disk.
#[task]
async fn follow(cx: Context, handle: Handle) {
    let mut events = handle.subscribe();
    while let Some(Some(next)) = cx.token().run_until_cancelled(events.recv()).await {
        match next {
            Ok(event) => tracing::debug!(name = event.name(), task = event.task(), "followed"),
            Err(missed) => tracing::warn!("{missed}"),
        }
    }
}

fn main() -> ExitCode {
    let metrics = Arc::new(Metrics::default());
    let code = tasks_runtime::builder()
        .observe(Arc::clone(&metrics))
        .around(|cx, attempt| {
            let request = format!("{}-{}-{}", cx.task(), cx.run(), cx.attempt());
            REQUEST.scope(request, attempt)
        })
        .main();
    metrics.print();
    code
}
