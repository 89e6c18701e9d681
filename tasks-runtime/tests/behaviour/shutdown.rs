//! What shutdown does to each kind of run.

use std::time::Duration;

use tasks_runtime::{CancellationToken, Context, Outcome, State, StopCause, registration, scheduled, task};

use crate::support::{Notes, OnDrop, only_result, pass, program, start};

#[task]
async fn polite(cancel: CancellationToken, State(notes): State<Notes>) {
    cancel.cancelled().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    notes.note("done");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_listens_is_told_at_once_and_waited_for() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(polite)]).await;
    pass(5_000).await;
    let report = handle.shutdown(None).await;
    assert_eq!((report.exit_code(), report.is_clean()), (0, true));
    assert_eq!(notes.millis_of("done"), [6_000]);
    assert_eq!(only_result(&handle, "polite").outcome, Outcome::Succeeded);
}

#[task]
async fn deaf(State(notes): State<Notes>) {
    let _guard = OnDrop(notes, "dropped");
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn a_deaf_body_is_dropped_when_the_drain_is_over() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(deaf)]).await;
    pass(1_000).await;
    let report = handle.shutdown(None).await;
    assert_eq!(notes.millis_of("dropped"), [5_000]);
    assert_eq!(report.exit_code(), 124);
    assert_eq!(report.cut().len(), 1);
    assert_eq!(report.cut()[0].age, Duration::from_secs(5));
    assert_eq!(only_result(&handle, "deaf").outcome, Outcome::Interrupted);
}

#[task(on_shutdown = "drop")]
async fn dispensable(State(notes): State<Notes>) {
    let _guard = OnDrop(notes, "dropped");
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_asked_for_drop_is_dropped_at_once_and_leaves_the_code_zero() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(dispensable)]).await;
    pass(1_000).await;
    let report = handle.shutdown(None).await;
    assert_eq!(notes.millis_of("dropped"), [1_000]);
    assert_eq!((report.exit_code(), report.cut().len()), (0, 0));
    assert_eq!(only_result(&handle, "dispensable").outcome, Outcome::Interrupted);
}

#[task]
async fn finishing() -> Result<u32, &'static str> {
    tokio::time::sleep(Duration::from_secs(3)).await;
    Ok(1)
}

#[tokio::test(start_paused = true)]
async fn a_deaf_body_may_finish_within_the_drain() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(finishing)]).await;
    pass(1).await;
    let report = handle.shutdown(None).await;
    assert_eq!(report.exit_code(), 0);
    assert_eq!(only_result(&handle, "finishing").outcome, Outcome::Succeeded);
}

#[task(retry(max = 5, delay = "1m", jitter = "off"))]
async fn between_attempts() -> anyhow::Result<()> {
    anyhow::bail!("not yet")
}

#[task(pool = "one")]
async fn holds_the_pool(cx: Context) {
    cx.cancelled().await;
}

#[task(pool = "one", priority = "low")]
async fn queued() {}

#[tokio::test(start_paused = true)]
async fn what_waits_is_interrupted_at_once_and_leaves_the_code_zero() {
    let notes = Notes::new();
    let tasks = [registration!(between_attempts), registration!(holds_the_pool), registration!(queued)];
    let handle = program(&notes, tasks).pool("one", 1).start().await.unwrap();
    pass(1_000).await;
    let report = handle.shutdown(None).await;
    assert_eq!(report.exit_code(), 0);
    let retrying = only_result(&handle, "between_attempts");
    assert_eq!((retrying.outcome, retrying.attempts), (Outcome::Interrupted, 1));
    assert_eq!(retrying.error.as_deref(), Some("not yet"));
    assert_eq!(retrying.duration, Duration::from_secs(1));
    let queued = only_result(&handle, "queued");
    assert_eq!((queued.outcome, queued.attempts, queued.started_at), (Outcome::Interrupted, 0, None));
}

#[task]
async fn gives_up(cx: Context) -> anyhow::Result<()> {
    cx.cancelled().await;
    anyhow::bail!("half done")
}

#[task(on_shutdown = "finish", retry = 3)]
async fn fails_in_the_drain() -> anyhow::Result<()> {
    tokio::time::sleep(Duration::from_secs(2)).await;
    anyhow::bail!("no luck")
}

#[tokio::test(start_paused = true)]
async fn errors_during_the_drain_keep_their_text_and_no_new_attempt_starts() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(gives_up), registration!(fails_in_the_drain)]).await;
    pass(1_000).await;
    let report = handle.shutdown(None).await;
    assert_eq!(report.exit_code(), 0);
    let asked = only_result(&handle, "gives_up");
    assert_eq!((asked.outcome, asked.error.as_deref()), (Outcome::Interrupted, Some("half done")));
    let failed = only_result(&handle, "fails_in_the_drain");
    assert_eq!((failed.outcome, failed.attempts), (Outcome::Interrupted, 1));
    assert_eq!(failed.error.as_deref(), Some("no luck"));
}

#[scheduled(every = "1s")]
async fn scheduled_one(State(notes): State<Notes>) {
    notes.note("fired");
}

#[tokio::test(start_paused = true)]
async fn nothing_starts_once_the_shutdown_began() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(scheduled_one), registration!(polite)]).await;
    pass(2_500).await;
    let end = handle.shutdown(None);
    assert!(handle.trigger("scheduled_one").unwrap_err().is_shutdown());
    let report = end.await;
    pass(10_000).await;
    assert_eq!(notes.count("fired"), 2);
    assert_eq!(*report.cause(), StopCause::Asked);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_may_shorten_the_budget_but_never_lengthen_it() {
    for (asked, end) in [(None, 4_001), (Some(3), 2_001), (Some(60), 4_001), (Some(0), 1_001)] {
        let notes = Notes::new();
        let handle = start(&notes, [registration!(deaf)]).await;
        pass(1).await;
        let _ = handle.shutdown(asked.map(Duration::from_secs)).await;
        assert_eq!(notes.millis_of("dropped"), [end], "{asked:?}");
    }
}

#[task(essential = true, retry(max = 1, delay = "1s", jitter = "off"))]
async fn essential() -> Result<(), &'static str> {
    Err("no licence")
}

#[tokio::test(start_paused = true)]
async fn an_essential_failure_drains_and_exits_with_one() {
    let notes = Notes::new();
    let report =
        program(&notes, [registration!(essential), registration!(polite)]).run_until_signal().await.unwrap();
    assert_eq!(report.exit_code(), 1);
    assert_eq!(*report.cause(), StopCause::Essential("essential".into()));
    assert_eq!(notes.millis_of("done"), [2_000]);
}

#[task(essential = true, start = "manual")]
async fn essential_on_demand() -> Result<(), &'static str> {
    Err("no licence")
}

#[tokio::test(start_paused = true)]
async fn a_manual_run_of_an_essential_task_may_fail() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(essential_on_demand)]).await;
    handle.trigger("essential_on_demand").unwrap();
    pass(1_000).await;
    assert_eq!(only_result(&handle, "essential_on_demand").outcome, Outcome::Failed);
    assert!(handle.trigger("essential_on_demand").is_ok(), "the program goes on");
}

#[task]
async fn short() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn exit_when_idle_ends_with_zero_when_nothing_is_left() {
    let notes = Notes::new();
    let began = tokio::time::Instant::now();
    let report = program(&notes, [registration!(short)]).exit_when_idle().run_until_signal().await.unwrap();
    assert_eq!((report.exit_code(), report.cause()), (0, &StopCause::Idle));
    assert_eq!(began.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn teardown_runs_after_the_drain_and_sees_the_report() {
    let notes = Notes::new();
    let inner = notes.clone();
    let report = program(&notes, [registration!(short)])
        .exit_when_idle()
        .teardown(async move |report| inner.note(format!("{} results", report.results().len())))
        .run_until_signal()
        .await
        .unwrap();
    assert_eq!(notes.words(), ["1 results"]);
    assert!(report.is_clean());
}

#[tokio::test(start_paused = true)]
async fn a_teardown_that_never_ends_is_cut_inside_the_budget() {
    let notes = Notes::new();
    let report = program(&notes, [registration!(short)])
        .exit_when_idle()
        .teardown(async |_| std::future::pending().await)
        .run_until_signal()
        .await
        .unwrap();
    assert_eq!(report.exit_code(), 124);
}

#[task]
async fn never_polled(State(notes): State<Notes>) {
    notes.note("began");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_no_worker_has_come_to_ends_at_once_and_leaves_the_code_zero() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(never_polled)]).start().await.unwrap();
    let report = handle.shutdown(None).await;
    assert_eq!(report.exit_code(), 0);
    assert_eq!(only_result(&handle, "never_polled").outcome, Outcome::Interrupted);
    pass(10_000).await;
    assert_eq!(notes.words(), [""; 0]);
}

struct NoteOnDrop(Notes);
impl Drop for NoteOnDrop {
    fn drop(&mut self) {
        self.0.note("state dropped");
    }
}

#[derive(Clone)]
struct Database(std::sync::Arc<NoteOnDrop>);

#[task]
async fn uses_database(State(database): State<Database>) {
    database.0.0.note("used");
}

#[tokio::test(start_paused = true)]
async fn state_can_be_closed_in_teardown_and_is_dropped_before_the_report_is_there() {
    let notes = Notes::new();
    let database = Database(std::sync::Arc::new(NoteOnDrop(notes.clone())));
    let report = program(&notes, [registration!(uses_database)])
        .state(database)
        .exit_when_idle()
        .teardown(async |report| report.state::<Database>().unwrap().0.0.note("closed"))
        .run_until_signal()
        .await
        .unwrap();
    assert_eq!(notes.words(), ["used", "closed", "state dropped"]);
    assert!(report.state::<Database>().is_none());
}

struct PanicsOnDrop;
impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("boom in drop");
    }
}

#[task]
async fn deaf_with_a_bomb() {
    let _bomb = PanicsOnDrop;
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_panics_while_it_is_cut_is_named_all_the_same() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(deaf_with_a_bomb)]).quiet_panics().start().await.unwrap();
    pass(1).await;
    let report = handle.shutdown(None).await;
    assert_eq!((report.exit_code(), report.is_clean()), (124, false));
    assert_eq!((&*report.cut()[0].task, report.cut()[0].outcome), ("deaf_with_a_bomb", Outcome::Panicked));
}
