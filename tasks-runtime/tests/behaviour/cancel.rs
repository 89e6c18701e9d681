//! Ending one run on purpose.

use std::time::Duration;

use tasks_runtime::{Context, Outcome, State, registration, task};

use crate::support::{Notes, OnDrop, only_result, pass, program, start};

#[task(grace = "1s")]
async fn listens(cx: Context) -> Result<(), &'static str> {
    cx.cancelled().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    Ok(())
}

#[task]
async fn deaf(State(notes): State<Notes>) {
    let _guard = OnDrop(notes, "dropped");
    std::future::pending::<()>().await;
}

#[task(retry(max = 1, delay = "1h"))]
async fn between_attempts() -> Result<(), &'static str> {
    Err("first")
}

#[task(pool = "none_free")]
async fn a_holder() {
    std::future::pending::<()>().await;
}

#[task(pool = "none_free", priority = "low")]
async fn queued() {}

#[tokio::test(start_paused = true)]
async fn cancel_ends_a_run_wherever_it_stands() {
    let notes = Notes::new();
    let tasks = [
        registration!(listens),
        registration!(deaf),
        registration!(between_attempts),
        registration!(a_holder),
        registration!(queued),
    ];
    let handle = program(&notes, tasks).pool("none_free", 1).start().await.unwrap();
    pass(1_000).await;
    for run in handle.running() {
        assert!(handle.cancel(run.run));
    }
    pass(100).await;
    for task in ["deaf", "between_attempts", "queued", "a_holder"] {
        assert_eq!(only_result(&handle, task).outcome, Outcome::Cancelled, "{task}");
    }
    assert_eq!(only_result(&handle, "between_attempts").error.as_deref(), Some("first"));
    assert_eq!(notes.millis_of("dropped"), [1_000]);
    pass(1_000).await;
    let listened = only_result(&handle, "listens");
    assert_eq!((listened.outcome, listened.duration), (Outcome::Cancelled, Duration::from_millis(1_200)));
    assert!(handle.running().is_empty());
    assert!(!handle.cancel(listened.run), "it is over");
}

#[task(grace = "300ms")]
async fn lingers(cx: Context) {
    cx.cancelled().await;
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_body_is_dropped_after_its_grace() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(lingers)]).await;
    pass(1_000).await;
    handle.cancel(handle.running()[0].run);
    pass(1_000).await;
    let result = only_result(&handle, "lingers");
    assert_eq!((result.outcome, result.duration), (Outcome::Cancelled, Duration::from_millis(1_300)));
}
