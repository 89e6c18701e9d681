//! `after`: what waits for what, and who stops first.

use std::time::Duration;

use tasks_runtime::{Context, Outcome, State, StopCause, Trigger, registration, scheduled, task};

use crate::support::{Notes, only_result, pass, program, results_of, start};

#[task]
async fn migrate(State(notes): State<Notes>) {
    tokio::time::sleep(Duration::from_secs(1)).await;
    notes.note("migrated");
}

#[task(after = "migrate")]
async fn serve(cx: Context, State(notes): State<Notes>) {
    notes.note("serving");
    cx.ready();
    cx.cancelled().await;
    notes.note("served");
}

#[task(after = "serve")]
async fn announce(State(notes): State<Notes>) {
    notes.note("announced");
}

#[scheduled(every = "10s", on_start = true, after = "migrate")]
async fn prune(State(notes): State<Notes>) {
    notes.note("prune");
}

#[tokio::test(start_paused = true)]
async fn dependants_start_when_their_dependency_succeeded_or_is_ready() {
    let notes = Notes::new();
    let tasks = [registration!(migrate), registration!(serve), registration!(announce), registration!(prune)];
    let handle = start(&notes, tasks).await;
    pass(25_000).await;
    assert_eq!(notes.millis_of("serving"), [1000]);
    assert_eq!(notes.millis_of("announced"), [1000]);
    // The grid begins when the dependency is ready.
    assert_eq!(notes.millis_of("prune"), [1000, 11_000, 21_000]);
    assert_eq!(only_result(&handle, "announce").trigger, Trigger::Dependency);
    assert_eq!(results_of(&handle, "prune")[0].trigger, Trigger::Schedule);
}

#[task(name = "migrate", retry = 1)]
async fn failing_migration() -> Result<(), &'static str> {
    Err("no such database")
}

#[tokio::test(start_paused = true)]
async fn a_dependency_that_fails_for_good_blocks_its_dependants() {
    let notes = Notes::new();
    let tasks = [
        registration!(failing_migration),
        registration!(serve),
        registration!(announce),
        registration!(prune),
    ];
    let handle = start(&notes, tasks).await;
    pass(60_000).await;
    assert_eq!(notes.words(), [""; 0]);
    // A manual trigger still starts it.
    handle.trigger("announce").unwrap();
    pass(1).await;
    assert_eq!(notes.words(), ["announced"]);
}

#[task(name = "serve", after = "migrate", essential = true)]
async fn essential_server() {}

#[tokio::test(start_paused = true)]
async fn an_essential_task_that_is_blocked_stops_the_program() {
    let notes = Notes::new();
    let report = program(&notes, [registration!(failing_migration), registration!(essential_server)])
        .run_until_signal()
        .await
        .unwrap();
    assert_eq!(report.exit_code(), 1);
    assert_eq!(*report.cause(), StopCause::Essential("serve".into()));
}

#[task]
async fn database(cx: Context, State(notes): State<Notes>) {
    cx.ready();
    cx.cancelled().await;
    notes.note("database asked");
}

#[task(after = "database")]
async fn server(cx: Context, State(notes): State<Notes>) {
    cx.ready();
    cx.cancelled().await;
    notes.note("server asked");
    tokio::time::sleep(Duration::from_millis(1200)).await;
    notes.note("server ended");
}

#[task(after = "server")]
async fn client(cx: Context, State(notes): State<Notes>) {
    cx.cancelled().await;
    notes.note("client asked");
    tokio::time::sleep(Duration::from_millis(500)).await;
    notes.note("client ended");
}

#[tokio::test(start_paused = true)]
async fn shutdown_runs_against_the_order_inside_the_budget() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(database), registration!(server), registration!(client)]).await;
    pass(10_000).await;
    let report = handle.shutdown(None).await;
    assert_eq!(report.exit_code(), 0, "{report:?}");
    assert_eq!(
        notes.words(),
        ["client asked", "client ended", "server asked", "server ended", "database asked"]
    );
    assert_eq!(notes.millis_of("server asked"), [10_500]);
    assert_eq!(notes.millis_of("database asked"), [11_700]);
}

#[task(name = "client", after = "server", on_shutdown = "finish")]
async fn endless_client() {
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn a_dependency_is_asked_at_half_the_drain_even_if_dependants_live() {
    let notes = Notes::new();
    let handle =
        start(&notes, [registration!(database), registration!(server), registration!(endless_client)]).await;
    pass(1_000).await;
    let report = handle.shutdown(None).await;
    assert_eq!(notes.millis_of("server asked"), [3_000]);
    assert_eq!(notes.millis_of("database asked"), [3_000]);
    assert_eq!(report.exit_code(), 124);
    assert_eq!(&*report.cut()[0].task, "client");
    assert_eq!(report.cut()[0].outcome, Outcome::Interrupted);
}
