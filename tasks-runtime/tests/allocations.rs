//! What supervising a run costs in allocations.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use tasks_runtime::{Context, Handle, Outcome, registration, task};

#[task(start = "manual", timeout = "1m")]
async fn empty() {}

#[task(start = "manual", timeout = "1m")]
async fn takes_context(cx: Context) {
    assert_eq!(cx.attempt(), 1);
}

async fn runs(handle: &Handle, task: &str, count: u64) {
    for _ in 0..count {
        handle.trigger(task).unwrap();
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[test]
fn a_supervised_run_costs_one_tokio_task_and_one_box() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let handle = runtime.block_on(async {
        let handle = tasks_runtime::builder()
            .without_discovery()
            .register(registration!(empty))
            .register(registration!(takes_context))
            .__virtual_time("2026-01-01T00:00:00Z".parse().unwrap())
            .start()
            .await
            .unwrap();
        // Until the bounded history of both is full, it grows.
        runs(&handle, "empty", 300).await;
        runs(&handle, "takes_context", 300).await;
        handle
    });
    for task in ["empty", "takes_context"] {
        let info = allocation_counter::measure(|| runtime.block_on(runs(&handle, task, 1_000)));
        // Two for each run, and a few for the test's own timer.
        assert!(info.count_total <= 2_010, "{task}: {info:?}");
        assert!(info.count_current <= 0, "{task}: {info:?}");
    }
    let tasks = runtime.block_on(async { handle.tasks() });
    assert!(tasks.iter().all(|task| task.counts.runs(Outcome::Succeeded) == 1_300));
}
