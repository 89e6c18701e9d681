//! Attempts and the waits between them.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::Context as _;
use tasks_runtime::{Context, Fatal, Outcome, RetryAfter, State, registration, scheduled, task};

use crate::support::{Notes, only_result, outcomes_of, pass, start};

#[task(retry(max = 1, delay = "1s", jitter = "off"))]
async fn leaves_tasks_behind(cx: Context, State(notes): State<Notes>) -> Result<(), &'static str> {
    let token = cx.token();
    let (attempt, waits) = (cx.attempt(), notes.clone());
    drop(tokio::spawn(async move {
        token.cancelled().await;
        waits.note(if attempt == 1 { "first is over" } else { "second is over" });
    }));
    tokio::time::sleep(Duration::from_millis(100)).await;
    notes.note("fails");
    Err("always")
}

#[tokio::test(start_paused = true)]
async fn the_token_of_an_attempt_is_cancelled_with_its_end() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(leaves_tasks_behind)]).await;
    pass(5_000).await;
    assert_eq!(notes.millis_of("fails"), [100, 1200]);
    assert_eq!(notes.millis_of("first is over"), [100]);
    assert_eq!(notes.millis_of("second is over"), [1200]);
    drop(handle);
}

#[task(retry(max = 3, delay = "100ms", jitter = "off"))]
async fn third_time_lucky(cx: Context, State(notes): State<Notes>) -> anyhow::Result<()> {
    notes.note("attempt");
    anyhow::ensure!(cx.attempt() == 3, "not yet");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn two_failures_and_a_success_are_three_attempts_at_growing_gaps() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(third_time_lucky)]).await;
    pass(5_000).await;
    assert_eq!(notes.millis_of("attempt"), [0, 100, 300]);
    let result = only_result(&handle, "third_time_lucky");
    assert_eq!((result.outcome, result.attempts, result.error.clone()), (Outcome::Succeeded, 3, None));
    assert_eq!(result.duration, Duration::from_millis(300));
}

#[scheduled(every = "1m", retry = 2)]
async fn never_works(State(notes): State<Notes>) -> Result<(), String> {
    notes.note("attempt");
    Err("no".to_owned())
}

#[tokio::test(start_paused = true)]
async fn retries_are_used_up_and_the_next_firing_runs() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(never_works)]).await;
    pass(130_000).await;
    assert_eq!(notes.count("attempt"), 6);
    assert_eq!(outcomes_of(&handle, "never_works"), [Outcome::Failed, Outcome::Failed]);
}

#[task(retry = 5)]
async fn fatal_under_context(State(notes): State<Notes>) -> anyhow::Result<()> {
    notes.note("attempt");
    Err(Fatal::new(std::io::Error::other("bad disk"))).context("saving")
}

#[tokio::test(start_paused = true)]
async fn a_fatal_error_is_not_retried_wherever_it_stands() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(fatal_under_context)]).await;
    pass(60_000).await;
    assert_eq!(notes.count("attempt"), 1);
    assert_eq!(only_result(&handle, "fatal_under_context").error.as_deref(), Some("saving: bad disk"));
}

#[task(retry(max = 1, max_delay = "1s"))]
async fn asked_to_wait(State(notes): State<Notes>) -> Result<(), RetryAfter> {
    notes.note("attempt");
    Err(RetryAfter::new(Duration::from_secs(90), "429"))
}

#[tokio::test(start_paused = true)]
async fn retry_after_sets_the_wait_and_uses_an_attempt() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(asked_to_wait)]).await;
    pass(600_000).await;
    assert_eq!(notes.millis_of("attempt"), [0, 90_000]);
    assert_eq!(only_result(&handle, "asked_to_wait").attempts, 2);
}

#[derive(Debug)]
struct Coded(u16);
impl std::fmt::Display for Coded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {}", self.0)
    }
}
impl std::error::Error for Coded {}

fn is_transient(error: &Coded) -> bool {
    error.0 >= 500
}

#[task(retry(max = 5, jitter = "off", on = is_transient))]
async fn picky(cx: Context) -> Result<(), Coded> {
    Err(Coded(if cx.attempt() == 1 { 503 } else { 404 }))
}

#[tokio::test(start_paused = true)]
async fn the_predicate_decides_which_errors_are_retried() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(picky)]).await;
    pass(60_000).await;
    let result = only_result(&handle, "picky");
    assert_eq!((result.attempts, result.error.as_deref()), (2, Some("status 404")));
}

#[task(retry(max = 2, panics = true))]
async fn shaky(cx: Context) {
    assert!(cx.attempt() == 3, "shaken");
}

#[tokio::test(start_paused = true)]
async fn panics_are_retried_when_asked_for() {
    let notes = Notes::new();
    let handle =
        crate::support::program(&notes, [registration!(shaky)]).quiet_panics().start().await.unwrap();
    pass(60_000).await;
    assert_eq!(only_result(&handle, "shaky").outcome, Outcome::Succeeded);
}

#[scheduled(every = "10s", retry(max = 1, delay = "25s", jitter = "off"))]
async fn waits_long(State(notes): State<Notes>) -> Result<(), &'static str> {
    notes.note("attempt");
    Err("no")
}

#[tokio::test(start_paused = true)]
async fn a_run_between_attempts_still_runs_for_overlap() {
    let notes = Notes::new();
    start(&notes, [registration!(waits_long)]).await;
    pass(49_000).await;
    // Due at 10 s; again at 35 s; 20 s and 30 s overlap; the next run begins at 40 s.
    assert_eq!(notes.millis_of("attempt"), [10_000, 35_000, 40_000]);
}

static EXTRACTED: AtomicU32 = AtomicU32::new(0);

#[derive(Debug)]
struct Flaky;
impl tasks_runtime::FromContext for Flaky {
    type Needs = ();
    async fn from_context((): ()) -> Result<Self, tasks_runtime::BoxError> {
        match EXTRACTED.fetch_add(1, Ordering::Relaxed) {
            0 => Err("no connection".into()),
            _ => Ok(Self),
        }
    }
}

#[task(retry = 1)]
async fn takes_flaky(_flaky: Flaky) {}

#[tokio::test(start_paused = true)]
async fn an_extractor_that_fails_fails_the_attempt() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(takes_flaky)]).await;
    pass(10_000).await;
    let result = only_result(&handle, "takes_flaky");
    assert_eq!((result.outcome, result.attempts), (Outcome::Succeeded, 2));
}
