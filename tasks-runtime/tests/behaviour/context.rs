//! What a body says and learns about its own run.

use std::time::Duration;

use tasks_runtime::{Context, Handle, Outcome, State, registration, scheduled, task};

use crate::support::{Notes, outcomes_of, pass, results_of, start};

async fn seconds(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[task(start = "manual", retry(max = 1, delay = "10s", jitter = "off"))]
async fn import(cx: Context) -> Result<(), String> {
    seconds(1).await;
    cx.progress(0.25, "users");
    cx.progress(0.5, format!("posts, attempt {}", cx.attempt()));
    seconds(1).await;
    // It lives on in a task that nobody supervises.
    let stale = cx.clone();
    tokio::spawn(async move {
        seconds(11).await;
        stale.progress(0.9, "stale");
    });
    if cx.attempt() == 1 { Err("once more".into()) } else { Ok(()) }
}

fn progress(handle: &Handle) -> Option<(f64, String)> {
    let progress = handle.running()[0].progress.clone()?;
    Some((progress.fraction, progress.message.into_owned()))
}

#[tokio::test(start_paused = true)]
async fn the_last_progress_of_an_attempt_is_shown() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(import)]).await;
    handle.trigger("import").unwrap();
    pass(500).await;
    assert_eq!(progress(&handle), None);
    pass(1_000).await;
    assert_eq!(progress(&handle), Some((0.5, "posts, attempt 1".into())));
    // Between two attempts it is that of the last one.
    pass(1_000).await;
    assert_eq!(progress(&handle), Some((0.5, "posts, attempt 1".into())));
    pass(10_000).await;
    assert_eq!(progress(&handle), None);
    pass(600).await;
    assert_eq!(progress(&handle), Some((0.5, "posts, attempt 2".into())), "not the stale one");
}

#[scheduled(every = "1h")]
async fn syncs(cx: Context, State(notes): State<Notes>) -> Result<(), String> {
    notes.note(cx.previous_success().map_or("none".to_owned(), |at| at.to_string()));
    seconds(60).await;
    match cx.scheduled_at().map(|at| at.to_string()).as_deref() {
        Some("2026-01-01T02:00:00Z") => Err("offline".into()),
        _ => Ok(()),
    }
}

#[tokio::test(start_paused = true)]
async fn the_previous_success_is_the_end_of_the_last_run_that_ended_well() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(syncs)]).await;
    pass(4 * 3_600_000 + 1).await;
    assert_eq!(
        notes.words(),
        ["none", "2026-01-01T01:01:00Z", "2026-01-01T01:01:00Z", "2026-01-01T03:01:00Z"]
    );
    assert_eq!(results_of(&handle, "syncs").len(), 3);
}

#[task(start = "manual")]
async fn is_told_by_others(cx: Context) {
    // Both in the first poll of the run: first it waits, then there is a token.
    tokio::join!(cx.cancelled(), async {
        let token = cx.token();
        tokio::spawn(async move {
            seconds(1).await;
            token.cancel();
        });
    });
    assert!(!cx.is_cancelled(), "its run goes on");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_cancelled_from_outside_tells_the_body() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(is_told_by_others)]).await;
    handle.trigger("is_told_by_others").unwrap();
    pass(2_000).await;
    assert_eq!(outcomes_of(&handle, "is_told_by_others"), [Outcome::Succeeded]);
}

#[task(start = "manual")]
async fn waits_everywhere(cx: Context) {
    let child = cx.clone();
    let child = cx.spawn(async move { child.cancelled().await });
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(cx.cancelled());
    let by_hand = cx.cancelled();
    cx.cancelled().await;
    by_hand.await;
    child.await.unwrap();
    tasks.join_next().await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn everybody_who_waits_for_it_learns_that_the_run_is_cancelled() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(waits_everywhere)]).await;
    let run = handle.trigger("waits_everywhere").unwrap();
    pass(20).await;
    handle.cancel(run);
    // Else its grace would end it, after five seconds.
    pass(100).await;
    assert!(handle.running().is_empty());
}
