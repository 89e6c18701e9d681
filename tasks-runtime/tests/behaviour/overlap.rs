//! A task that is wanted while it still runs.

use std::time::Duration;

use tasks_runtime::{SkipReason, State, registration, scheduled};

use crate::support::{Notes, pass, start};

#[scheduled(every = "200ms")]
async fn one_at_a_time(State(notes): State<Notes>) {
    notes.note("begin");
    tokio::time::sleep(Duration::from_millis(450)).await;
    notes.note("end");
}

#[tokio::test(start_paused = true)]
async fn skip_never_runs_two_at_once_and_records_each_skip() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(one_at_a_time)]).await;
    pass(6_100).await;
    let words = notes.words();
    assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{words:?}");
    // Due each 200 ms, served at 200, 800, 1400 …: two of three are skipped.
    assert_eq!(notes.millis_of("begin"), (0..10).map(|n| 200 + 600 * n).collect::<Vec<_>>());
    let task = &handle.tasks()[0];
    assert_eq!(task.counts.skips(SkipReason::Overlap), 20);
}

#[scheduled(every = "200ms", overlap = "allow")]
async fn side_by_side(State(notes): State<Notes>) {
    notes.note("begin");
    tokio::time::sleep(Duration::from_millis(450)).await;
}

#[tokio::test(start_paused = true)]
async fn allow_runs_them_side_by_side() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(side_by_side)]).await;
    pass(1_010).await;
    assert_eq!(notes.count("begin"), 5);
    assert_eq!(handle.running().len(), 3);
}
