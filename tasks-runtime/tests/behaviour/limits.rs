//! Timeouts, deadlines and grace.

use std::time::Duration;

use tasks_runtime::{CancellationToken, Context, Outcome, State, registration, task};

use crate::support::{Notes, OnDrop, only_result, pass, start};

#[task(timeout = "300ms")]
async fn deaf(State(notes): State<Notes>) {
    let _guard = OnDrop(notes, "dropped");
    tokio::time::sleep(Duration::from_secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn a_deaf_body_is_dropped_at_its_limit() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(deaf)]).await;
    pass(1_000).await;
    let result = only_result(&handle, "deaf");
    assert_eq!(result.outcome, Outcome::TimedOut);
    assert_eq!(result.duration, Duration::from_millis(300));
    assert_eq!(result.error.as_deref(), Some("timeout of 300ms passed"));
    assert!(!result.late);
    assert_eq!(notes.millis_of("dropped"), [300]);
}

#[task(timeout = "300ms", grace = "1s")]
async fn listens(cancel: CancellationToken, State(notes): State<Notes>) {
    cancel.cancelled().await;
    notes.note("asked");
    tokio::time::sleep(Duration::from_millis(400)).await;
    notes.note("finished");
}

#[task(timeout = "300ms", grace = "200ms")]
async fn listens_but_lingers(cx: Context, State(notes): State<Notes>) {
    let _guard = OnDrop(notes, "lingerer dropped");
    cx.cancelled().await;
    tokio::time::sleep(Duration::from_secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_listens_has_its_grace_and_is_timed_out_whatever_it_returns() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(listens), registration!(listens_but_lingers)]).await;
    pass(2_000).await;
    assert_eq!(notes.millis_of("asked"), [300]);
    assert_eq!(notes.millis_of("finished"), [700]);
    assert_eq!(only_result(&handle, "listens").outcome, Outcome::TimedOut);
    assert!(!only_result(&handle, "listens").late);
    assert_eq!(notes.millis_of("lingerer dropped"), [500]);
    assert_eq!(only_result(&handle, "listens_but_lingers").outcome, Outcome::TimedOut);
}

#[task(timeout = "400ms", deadline = "1s", retry(max = 9, delay = "100ms", factor = 1, jitter = "off"))]
async fn tries_for_a_second(State(notes): State<Notes>) {
    notes.note("attempt");
    tokio::time::sleep(Duration::from_secs(10)).await;
}

#[tokio::test(start_paused = true)]
async fn the_timeout_is_for_each_attempt_and_the_deadline_for_all() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(tries_for_a_second)]).await;
    pass(3_000).await;
    // The second attempt would end at 900 ms; a third one at 1 s would pass the deadline.
    assert_eq!(notes.millis_of("attempt"), [0, 500]);
    let result = only_result(&handle, "tries_for_a_second");
    assert_eq!((result.outcome, result.attempts), (Outcome::TimedOut, 2));
    assert_eq!(result.duration, Duration::from_millis(900));
}

#[task(timeout = "10s", deadline = "1s", retry = 5)]
async fn overtaken(cx: Context, State(notes): State<Notes>) {
    let left = cx.deadline().unwrap() - tokio::time::Instant::now();
    notes.note(format!("{} ms left", left.as_millis()));
    cx.cancelled().await;
}

#[tokio::test(start_paused = true)]
async fn a_deadline_inside_an_attempt_acts_as_a_timeout_without_retry() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(overtaken)]).await;
    pass(30_000).await;
    assert_eq!(notes.words(), ["1000 ms left"]);
    let result = only_result(&handle, "overtaken");
    assert_eq!((result.outcome, result.attempts), (Outcome::TimedOut, 1));
    assert_eq!(result.error.as_deref(), Some("deadline of 1s passed"));
}

#[task(stop_after = "1s", grace = "500ms")]
async fn boxed_in_time(cx: Context, State(notes): State<Notes>) -> Result<(), &'static str> {
    cx.cancelled().await;
    notes.note("asked");
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(())
}

#[task(stop_after = "1s", grace = "500ms", retry = 1)]
async fn overstays(cx: Context) {
    cx.cancelled().await;
    std::future::pending::<()>().await;
}

#[task(stop_after = "1s", grace = "500ms")]
async fn fails_in_its_grace(cx: Context) -> Result<(), &'static str> {
    cx.cancelled().await;
    Err("half done")
}

#[tokio::test(start_paused = true)]
async fn a_time_box_asks_and_success_within_the_grace_is_success() {
    let notes = Notes::new();
    let tasks = [registration!(boxed_in_time), registration!(overstays), registration!(fails_in_its_grace)];
    let handle = start(&notes, tasks).await;
    pass(20_000).await;
    assert_eq!(notes.millis_of("asked"), [1000]);
    let boxed = only_result(&handle, "boxed_in_time");
    assert_eq!((boxed.outcome, boxed.duration), (Outcome::Succeeded, Duration::from_millis(1200)));
    let overstayed = only_result(&handle, "overstays");
    assert_eq!((overstayed.outcome, overstayed.attempts), (Outcome::TimedOut, 2));
    assert_eq!(overstayed.error.as_deref(), Some("still running 500ms after its stop_after of 1s"));
    assert_eq!(only_result(&handle, "fails_in_its_grace").error.as_deref(), Some("half done"));
}
