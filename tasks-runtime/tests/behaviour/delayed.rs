//! Runs that are asked for now and start later.

use std::time::Duration;

use tasks_runtime::{Context, Input, Outcome, RunPhase, State, Trigger, registration, task};

use crate::support::{Notes, only_result, outcomes_of, pass, program, results_of, start};

const MINUTE: Duration = Duration::from_secs(60);

#[task]
async fn remind(cx: Context, Input(who): Input<String>, State(notes): State<Notes>) -> Result<usize, String> {
    assert_eq!((cx.trigger(), cx.scheduled_at()), (Trigger::Spawn, None));
    notes.note(&*who);
    Ok(who.len())
}

fn ann() -> String {
    "ann".to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_delayed_run_starts_at_its_moment_and_gives_its_value() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(remind)]).await;
    let later = handle.spawn_after(MINUTE, remind, ann()).unwrap();
    let sooner = handle.spawn_after(MINUTE / 2, remind, "bob".to_owned()).unwrap();
    let at_once = handle.spawn_after(Duration::ZERO, remind, "eve".to_owned()).unwrap();
    pass(10_000).await;
    assert_eq!(notes.words(), ["eve"]);
    let running = handle.running();
    assert_eq!(running.iter().map(|run| run.run).collect::<Vec<_>>(), [later.run(), sooner.run()]);
    assert_eq!(running[0].phase, RunPhase::Delayed);
    assert_eq!((running[0].starts_in, running[0].started_at), (Some(Duration::from_secs(50)), None));
    assert_eq!((handle.tasks()[0].delayed, handle.tasks()[0].waiting, handle.tasks()[0].running), (2, 0, 0));
    assert_eq!(later.await.unwrap(), 3);
    assert_eq!((sooner.await.unwrap(), at_once.await.unwrap()), (3, 3));
    assert_eq!((notes.millis_of("bob"), notes.millis_of("ann")), (vec![30_000], vec![60_000]));
    assert_eq!(results_of(&handle, "remind")[2].duration, Duration::ZERO);
    assert_eq!(handle.tasks()[0].delayed, 0);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_run_can_be_cancelled_before_its_moment() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(remind)]).await;
    let run = handle.spawn_after(MINUTE, remind, ann()).unwrap();
    pass(1_000).await;
    assert!(handle.cancel(run.run()));
    assert!(!handle.cancel(run.run()));
    assert_eq!(run.await.unwrap_err().outcome(), Outcome::Cancelled);
    pass(120_000).await;
    assert!(notes.words().is_empty());
    assert_eq!((handle.tasks()[0].delayed, handle.running().len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_delayed_run_counts_against_idleness() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(remind), registration!(asks_for_a_reminder)])
        .exit_when_idle()
        .start()
        .await
        .unwrap();
    handle.stopped().await;
    assert_eq!(notes.millis_of("ann"), [60_000]);
}

#[task]
async fn asks_for_a_reminder(handle: tasks_runtime::Handle) -> anyhow::Result<()> {
    drop(handle.spawn_after(MINUTE, remind, ann())?);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_interrupts_what_is_delayed_at_once_and_leaves_the_code_zero() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(remind)]).await;
    let run = handle.spawn_after(MINUTE, remind, ann()).unwrap();
    let began = tokio::time::Instant::now();
    let report = handle.shutdown(None).await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!((report.exit_code(), report.cut().len()), (0, 0));
    let error = run.await.unwrap_err();
    assert_eq!((error.outcome(), error.result().unwrap().attempts), (Outcome::Interrupted, 0));
    let refused = handle.spawn_after(MINUTE, remind, ann()).unwrap_err();
    assert!(refused.is_shutdown());
    assert_eq!(refused.into_input(), ann());
}

#[task(overlap = "skip")]
async fn one_at_a_time(cx: Context, Input(_who): Input<String>) {
    cx.cancelled().await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_at_its_moment_is_the_end_of_the_run_and_says_why() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(one_at_a_time)]).await;
    // Both may be asked for: `overlap` is decided at their moments.
    let first = handle.spawn_after(MINUTE, one_at_a_time, ann()).unwrap();
    let second = handle.spawn_after(MINUTE * 2, one_at_a_time, ann()).unwrap();
    let error = second.await.unwrap_err();
    let result = error.result().unwrap();
    assert_eq!((result.outcome, result.attempts, result.started_at), (Outcome::Failed, 0, None));
    assert_eq!(
        result.error.as_deref(),
        Some("not started: task `one_at_a_time` still runs, and its `overlap` lets no further run in")
    );
    assert_eq!(outcomes_of(&handle, "one_at_a_time"), [Outcome::Failed]);
    assert_eq!(handle.running().len(), 1);
    let third = handle.spawn_after(MINUTE, one_at_a_time, ann()).unwrap();
    assert!(handle.cancel(first.run()));
    pass(61_000).await;
    assert_eq!(handle.running()[0].run, third.run());
    assert_eq!((handle.tasks()[0].delayed, handle.tasks()[0].running), (0, 1));
}

#[task(overlap = "replace")]
async fn replaces(cx: Context, Input(_who): Input<String>) -> Result<(), String> {
    cx.cancelled().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_is_wanted_later_is_not_replaced_before_its_moment() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(replaces)]).await;
    let delayed = handle.spawn_after(MINUTE, replaces, ann()).unwrap();
    let first = handle.spawn(replaces, ann()).unwrap();
    let second = handle.spawn(replaces, ann()).unwrap();
    assert_eq!(first.await.unwrap_err().outcome(), Outcome::Cancelled);
    assert_eq!(handle.running().len(), 2);
    assert_eq!(second.await.unwrap_err().outcome(), Outcome::Cancelled);
    assert_eq!(handle.running()[0].run, delayed.run());
}

#[task(enabled = false)]
async fn disabled(Input(_who): Input<String>) {}

async fn no_task(Input(_who): Input<String>) {}

#[tokio::test(start_paused = true)]
async fn delayed_runs_are_bounded_and_a_refusal_gives_the_input_back() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(remind), registration!(disabled)]).await;
    let refused = handle.spawn_after(MINUTE, no_task, ann()).unwrap_err();
    assert!(refused.is_unknown());
    assert_eq!(refused.into_input(), ann());
    let refused = handle.spawn_after(MINUTE, disabled, ann()).unwrap_err();
    assert!(refused.is_disabled());
    assert_eq!(refused.into_input(), ann());
    let runs: Vec<_> = (0..10_000).map(|_| handle.spawn_after(MINUTE, remind, ann()).unwrap()).collect();
    let refused = handle.spawn_after(MINUTE, remind, ann()).unwrap_err();
    assert!(refused.is_capacity());
    assert_eq!(refused.into_input(), ann());
    handle.cancel(runs[0].run());
    drop(handle.spawn_after(MINUTE, remind, ann()).unwrap());
    // None of them stands in its own way, or in that of another.
    pass(61_000).await;
    assert_eq!(notes.count("ann"), 10_000);
}

#[tokio::test(start_paused = true)]
async fn an_endless_delay_ends_with_the_program() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(remind)]).await;
    let run = handle.spawn_after(Duration::MAX, remind, ann()).unwrap();
    pass(86_400_000).await;
    assert_eq!(handle.running()[0].phase, RunPhase::Delayed);
    let _ = handle.shutdown(None).await;
    assert_eq!(run.await.unwrap_err().outcome(), Outcome::Interrupted);
    assert_eq!(only_result(&handle, "remind").outcome, Outcome::Interrupted);
}
