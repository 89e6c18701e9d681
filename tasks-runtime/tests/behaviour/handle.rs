//! Spawning and watching from code.

use std::{sync::Arc, time::Duration};

use tasks_runtime::{Context, Handle, Outcome, State, Trigger, registration, task};

use crate::support::{Notes, pass, program, start};

#[task(start = "manual")]
async fn compact(State(notes): State<Notes>) -> anyhow::Result<u64> {
    notes.note("compacting");
    tokio::time::sleep(Duration::from_secs(1)).await;
    Ok(4096)
}

#[task(start = "manual")]
fn compute(cx: Context) -> Result<String, std::io::Error> {
    Ok(format!("run by {}", cx.trigger()))
}

#[task(start = "manual")]
async fn fails() -> anyhow::Result<u64> {
    anyhow::bail!("no space")
}

#[task]
async fn parent(handle: Handle, State(notes): State<Notes>) -> anyhow::Result<()> {
    let freed = handle.spawn(compact, ())?.await?;
    notes.note(format!("freed {freed}"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_spawned_run_gives_the_functions_own_value() {
    let notes = Notes::new();
    let tasks = [registration!(compact), registration!(compute), registration!(parent), registration!(fails)];
    let handle = start(&notes, tasks).await;
    pass(2_000).await;
    assert_eq!(notes.words(), ["compacting", "freed 4096"]);
    assert_eq!(handle.spawn(compute, ()).unwrap().await.unwrap(), "run by spawn");
    let error = handle.spawn(fails, ()).unwrap().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Failed);
    assert_eq!(error.result().unwrap().trigger, Trigger::Spawn);
    assert!(error.to_string().ends_with("of task `fails` ended as failed: no space"), "{error}");
}

async fn no_task() {}

#[task(start = "manual", enabled = false)]
async fn disabled() {}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_why() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(compact), registration!(disabled)]).await;
    let error = handle.spawn(no_task, ()).unwrap_err();
    assert!(error.is_unknown());
    assert!(error.to_string().contains("no_task` is not a registered task; annotate it"), "{error}");
    assert!(handle.spawn(disabled, ()).unwrap_err().is_disabled());
    let error = handle.trigger("compct").unwrap_err();
    assert_eq!(error.to_string(), "no task is called `compct`: did you mean `compact`?");
    drop(handle.shutdown(None));
    assert!(handle.spawn(compact, ()).unwrap_err().is_shutdown());
}

#[tokio::test(start_paused = true)]
async fn dropping_a_run_handle_ends_nothing() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(compact)]).await;
    drop(handle.spawn(compact, ()).unwrap());
    pass(2_000).await;
    assert_eq!(handle.results().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn several_programs_live_in_one_process() {
    let (one, two) = (Notes::new(), Notes::new());
    let first = start(&one, [registration!(compact)]).await;
    let second = start(&two, [registration!(compact)]).await;
    first.trigger("compact").unwrap();
    pass(2_000).await;
    assert_eq!((one.count("compacting"), two.count("compacting")), (1, 0));
    let _ = first.shutdown(None).await;
    assert!(second.trigger("compact").is_ok());
}

#[derive(Clone)]
struct Shared(#[allow(dead_code)] Arc<()>);

#[task(start = "manual")]
async fn uses_shared(_shared: State<Shared>) {}

#[tokio::test(start_paused = true)]
async fn nothing_is_kept_alive_when_the_program_is_over() {
    let notes = Notes::new();
    let value = Arc::new(());
    let handle = program(&notes, [registration!(uses_shared)])
        .state(Shared(Arc::clone(&value)))
        .start()
        .await
        .unwrap();
    for _ in 0..100 {
        handle.spawn(uses_shared, ()).unwrap().await.unwrap();
    }
    assert_eq!(Arc::strong_count(&value), 2);
    drop(handle.shutdown(None).await);
    drop(handle);
    pass(1_000).await;
    assert_eq!(Arc::strong_count(&value), 1);
}
