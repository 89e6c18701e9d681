//! What supervising a run costs in allocations.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tasks_runtime::{CancellationToken, Context, Event, Handle, Outcome, registration, task};
use tokio::runtime::Runtime;

#[task(start = "manual", timeout = "1m")]
async fn empty() {}

#[task(start = "manual", timeout = "1m")]
async fn takes_context(cx: Context) {
    assert_eq!(cx.attempt(), 1);
}

#[task(start = "manual", timeout = "1m")]
async fn lives(token: CancellationToken) {
    token.cancelled().await;
}

#[task(start = "manual", timeout = "1m")]
async fn waits(cx: Context) {
    cx.cancelled().await;
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
        .register(registration!(lives))
        .register(registration!(waits))
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
    let succeeded = tasks.iter().map(|task| task.counts.runs(Outcome::Succeeded));
    assert_eq!(succeeded.collect::<Vec<_>>(), [1_300, 0, 1_300, 0]);
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

/// Allocations and bytes of each of very many living runs of a task.
fn taken_by_each(task: &str) -> (i64, i64) {
    const MANY: i64 = 4_096;
    let runtime = runtime();
    let handle = runtime.block_on(program(None));
    let taken = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..MANY {
                handle.trigger(task).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        });
    });
    let report = runtime.block_on(handle.shutdown(Duration::from_secs(2)));
    assert!(report.is_clean());
    (taken.count_current / MANY, taken.bytes_current / MANY)
}

/// The kit counts what lives, which needs a larger Tokio task.
const FOR_THE_KIT: i64 = if cfg!(feature = "testing") { 130 } else { 0 };

#[test]
fn a_living_run_costs_its_task_its_body_its_cell_and_its_token() {
    let (boxes, bytes) = taken_by_each("lives");
    assert_eq!(boxes, 4);
    // Beside these the records of the engine and its alarms, in lists that grow.
    assert!(bytes <= 704 + FOR_THE_KIT, "{bytes} bytes");
}

#[test]
fn a_run_that_waits_in_its_body_needs_no_token() {
    let (boxes, bytes) = taken_by_each("waits");
    assert_eq!(boxes, 3);
    assert!(bytes <= 568 + FOR_THE_KIT, "{bytes} bytes");
}
