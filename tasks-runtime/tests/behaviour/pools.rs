//! Pools, priorities and ageing.

use std::time::Duration;

use tasks_runtime::{Context, RunPhase, State, registration, task};

use crate::support::{Notes, pass, program, start};

async fn work(notes: &Notes, name: &str, millis: u64) {
    notes.note(name);
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

#[task(pool = "one", priority = "low")]
async fn low(State(notes): State<Notes>) {
    work(&notes, "low", 1000).await;
}

#[task(pool = "one")]
async fn normal(State(notes): State<Notes>) {
    work(&notes, "normal", 1000).await;
}

#[task(pool = "one", priority = "high")]
async fn high(State(notes): State<Notes>) {
    work(&notes, "high", 1000).await;
}

#[task(pool = "one", priority = "critical")]
async fn critical(State(notes): State<Notes>) {
    work(&notes, "critical", 1000).await;
}

#[tokio::test(start_paused = true)]
async fn a_full_pool_admits_by_priority_one_at_a_time() {
    let notes = Notes::new();
    let tasks = [registration!(low), registration!(normal), registration!(high), registration!(critical)];
    let handle = program(&notes, tasks).pool("one", 1).start().await.unwrap();
    pass(500).await;
    let waiting = handle.running().iter().filter(|run| run.phase == RunPhase::Waiting).count();
    assert_eq!(waiting, 3);
    pass(5_000).await;
    assert_eq!(notes.words(), ["critical", "high", "normal", "low"]);
    assert_eq!(notes.millis_of("low"), [3000]);
}

#[task(pool = "one", start = "manual", priority = "critical", overlap = "allow")]
async fn greedy(State(notes): State<Notes>) {
    work(&notes, "greedy", 1000).await;
}

#[task(pool = "one", start = "manual", priority = "low")]
async fn patient(State(notes): State<Notes>) {
    work(&notes, "patient", 1000).await;
}

#[tokio::test(start_paused = true)]
async fn a_waiting_run_rises_so_that_none_starves() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(greedy), registration!(patient)])
        .pool("one", 1)
        .start()
        .await
        .unwrap();
    handle.trigger("greedy").unwrap();
    handle.trigger("patient").unwrap();
    // Without ageing a new critical run each half second would keep it out for ever.
    for _ in 0..60 {
        handle.trigger("greedy").unwrap();
        pass(500).await;
    }
    let started = notes.millis_of("patient");
    assert_eq!(started.len(), 1);
    // Three levels at 5 s each; then it has waited longest of all critical ones.
    assert!((15_000..=16_000).contains(&started[0]), "{started:?}");
}

#[task(pool = "one", retry(max = 1, delay = "5s", jitter = "off"))]
async fn a_retries(cx: Context, State(notes): State<Notes>) -> Result<(), &'static str> {
    notes.note("a");
    tokio::time::sleep(Duration::from_secs(1)).await;
    if cx.attempt() == 1 { Err("again") } else { Ok(()) }
}

#[task(pool = "one")]
async fn b_uses_the_gap(State(notes): State<Notes>) {
    work(&notes, "b", 1000).await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_a_retry_frees_the_place_in_the_pool() {
    let notes = Notes::new();
    program(&notes, [registration!(a_retries), registration!(b_uses_the_gap)])
        .pool("one", 1)
        .start()
        .await
        .unwrap();
    pass(20_000).await;
    assert_eq!(notes.millis_of("a"), [0, 6000]);
    assert_eq!(notes.millis_of("b"), [1000]);
}

#[task(start = "manual")]
async fn unlimited(State(notes): State<Notes>) {
    work(&notes, "unlimited", 1000).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_pool_nothing_waits() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(unlimited)]).await;
    for _ in 0..100 {
        handle.trigger("unlimited").unwrap();
    }
    pass(1).await;
    assert_eq!(notes.count("unlimited"), 100);
}

#[task(pool = "one", start = "manual")]
async fn bounded() {
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_bounded_and_refuses_past_ten_thousand() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(bounded)]).pool("one", 1).start().await.unwrap();
    for _ in 0..10_001 {
        handle.trigger("bounded").unwrap();
    }
    assert!(handle.trigger("bounded").unwrap_err().is_capacity());
}
