//! A task that is wanted while it still runs.

use std::time::Duration;

use tasks_runtime::{Context, Outcome, SkipReason, State, registration, scheduled, task};

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

async fn work(notes: &Notes, millis: u64) {
    notes.note("begin");
    tokio::time::sleep(Duration::from_millis(millis)).await;
    notes.note("end");
}

#[scheduled(every = "200ms", overlap = "queue(2)")]
async fn queues_two(State(notes): State<Notes>) {
    work(&notes, 450).await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_runs_one_after_another_and_skips_the_newest_when_it_is_full() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(queues_two)]).await;
    pass(2_050).await;
    let words = notes.words();
    assert!(words.windows(2).all(|pair| pair[0] != pair[1]), "{words:?}");
    assert_eq!(notes.millis_of("begin"), [200, 650, 1100, 1550, 2000]);
    let due: Vec<_> = crate::support::results_of(&handle, "queues_two")
        .iter()
        .map(|result| result.scheduled_at.unwrap().subsec_millisecond())
        .collect();
    // The one at 1000 found 400 running, and 600 and 800 waiting.
    assert_eq!(due, [200, 400, 600, 800]);
    let task = &handle.tasks()[0];
    assert_eq!((task.running, task.waiting), (1, 2));
    assert_eq!(task.counts.skips(SkipReason::Overlap), 3);
}

#[scheduled(every = "200ms", overlap = "allow(3)")]
async fn three_at_most(State(notes): State<Notes>) {
    work(&notes, 1_000).await;
}

#[tokio::test(start_paused = true)]
async fn allow_with_a_number_holds_its_limit() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(three_at_most)]).await;
    for _ in 0..50 {
        pass(100).await;
        assert!(handle.running().len() <= 3);
    }
    assert_eq!(notes.millis_of("begin")[..4], [200, 400, 600, 1200]);
}

#[scheduled(every = "1s", overlap = "replace", grace = "300ms")]
async fn replaced(cx: Context, State(notes): State<Notes>) {
    notes.note("begin");
    cx.cancelled().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    notes.note("gone");
}

#[scheduled(every = "1s", overlap = "replace")]
async fn replaced_deaf(State(notes): State<Notes>) {
    notes.note("deaf begin");
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn replace_starts_the_new_run_when_the_old_one_is_gone() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(replaced), registration!(replaced_deaf)]).await;
    pass(3_500).await;
    assert_eq!(notes.millis_of("begin"), [1000, 2200, 3200]);
    assert_eq!(notes.millis_of("gone"), [2200, 3200]);
    assert_eq!(notes.millis_of("deaf begin"), [1000, 2000, 3000]);
    for task in ["replaced", "replaced_deaf"] {
        assert_eq!(crate::support::outcomes_of(&handle, task), [Outcome::Cancelled; 2], "{task}");
    }
}

#[task(start = "manual", overlap = "queue")]
async fn spawned_in_turn(State(notes): State<Notes>) {
    work(&notes, 1_000).await;
}

#[tokio::test(start_paused = true)]
async fn overlap_holds_for_every_trigger() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(spawned_in_turn)]).await;
    handle.trigger("spawned_in_turn").unwrap();
    let second = handle.spawn(spawned_in_turn, ()).unwrap();
    assert!(handle.trigger("spawned_in_turn").unwrap_err().is_overlap());
    second.await.unwrap();
    assert_eq!(notes.millis_of("end"), [1000, 2000]);
}

#[task(start = "manual", max_running = 2)]
async fn two_at_a_time(State(notes): State<Notes>) {
    work(&notes, 1_000).await;
}

#[tokio::test(start_paused = true)]
async fn max_running_makes_the_others_wait() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(two_at_a_time)]).await;
    for _ in 0..5 {
        handle.trigger("two_at_a_time").unwrap();
    }
    pass(500).await;
    assert_eq!(handle.running().len(), 5);
    pass(5_000).await;
    assert_eq!(notes.millis_of("begin"), [0, 0, 1000, 1000, 2000]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_its_turn_can_be_cancelled_and_is_interrupted_at_shutdown() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(two_at_a_time)]).await;
    let runs: Vec<_> = (0..4).map(|_| handle.trigger("two_at_a_time").unwrap()).collect();
    pass(100).await;
    assert!(handle.cancel(runs[2]));
    let report = handle.shutdown(None).await;
    assert_eq!(report.exit_code(), 0);
    let outcome = |run| report.results().iter().find(|result| result.run == run).unwrap().outcome;
    assert_eq!(
        runs.iter().map(|run| outcome(*run)).collect::<Vec<_>>(),
        [Outcome::Succeeded, Outcome::Succeeded, Outcome::Cancelled, Outcome::Interrupted]
    );
}
