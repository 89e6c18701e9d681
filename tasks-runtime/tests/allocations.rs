//! What supervising a run costs in allocations.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tasks_runtime::{Context, Event, Handle, Outcome, registration, task};
use tokio::runtime::Runtime;

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

/// A program of both tasks whose bounded histories are full.
async fn program(observed: Option<Arc<AtomicU64>>) -> Handle {
    let builder = tasks_runtime::builder()
        .without_discovery()
        .register(registration!(empty))
        .register(registration!(takes_context))
        .__virtual_time("2026-01-01T00:00:00Z".parse().unwrap());
    let builder = match observed {
        Some(count) => builder.observe(move |_: &Event| {
            count.fetch_add(1, Ordering::Relaxed);
        }),
        None => builder,
    };
    let handle = builder.start().await.unwrap();
    // Until the history of each is full, it grows.
    runs(&handle, "empty", 300).await;
    runs(&handle, "takes_context", 300).await;
    handle
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

#[test]
fn a_supervised_run_costs_one_tokio_task_and_one_box() {
    let runtime = runtime();
    let handle = runtime.block_on(program(None));
    for task in ["empty", "takes_context"] {
        let info = allocation_counter::measure(|| runtime.block_on(runs(&handle, task, 1_000)));
        // Two for each run, and a few for the test's own timer.
        assert!(info.count_total <= 2_010, "{task}: {info:?}");
        assert!(info.count_current <= 0, "{task}: {info:?}");
    }
    let tasks = runtime.block_on(async { handle.tasks() });
    assert!(tasks.iter().all(|task| task.counts.runs(Outcome::Succeeded) == 1_300));
}

#[test]
fn an_observer_costs_no_allocation_but_its_own() {
    let (runtime, told) = (runtime(), Arc::new(AtomicU64::new(0)));
    let handle = runtime.block_on(program(Some(Arc::clone(&told))));
    let before = told.load(Ordering::Relaxed);
    let info = allocation_counter::measure(|| runtime.block_on(runs(&handle, "empty", 1_000)));
    assert_eq!(told.load(Ordering::Relaxed) - before, 2_000, "a start and an end for each run");
    assert!(info.count_total <= 2_010, "{info:?}");
}
