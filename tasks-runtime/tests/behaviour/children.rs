//! Futures that live and die with their run.

use std::{sync::Mutex, time::Duration};

use tasks_runtime::{Child, ChildError, Context, Outcome, State, registration, task};

use crate::support::{Notes, OnDrop, only_result, pass, program, start};

async fn seconds(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// A child that notes when it is dropped before its end, and when it ends.
async fn child(notes: Notes, ends_after: u64, word: &'static str) -> u64 {
    let mut on_drop = OnDrop(notes, "dropped");
    seconds(ends_after).await;
    on_drop.1 = word;
    ends_after
}

#[task(start = "manual")]
async fn awaits_children(cx: Context, State(notes): State<Notes>) -> anyhow::Result<u64> {
    let children: Vec<_> = (1..=4).map(|after| cx.spawn(child(notes.clone(), after, "ended"))).collect();
    let mut sum = 0;
    for child in children {
        sum += child.await?;
    }
    Ok(sum)
}

#[tokio::test(start_paused = true)]
async fn children_go_on_side_by_side_and_give_their_values() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(awaits_children)]).await;
    assert_eq!(handle.spawn(awaits_children, ()).unwrap().await.unwrap(), 10);
    assert_eq!(notes.millis_of("ended"), [1_000, 2_000, 3_000, 4_000]);
    assert_eq!(only_result(&handle, "awaits_children").duration, Duration::from_secs(4));
}

#[task(start = "manual", overlap = "skip")]
async fn leaves_children(cx: Context, State(notes): State<Notes>) -> anyhow::Result<&'static str> {
    let grandchild = (cx.clone(), notes.clone());
    drop(cx.spawn(async move {
        seconds(1).await;
        let (cx, notes) = grandchild;
        drop(cx.spawn(child(notes, 2, "grandchild")));
    }));
    drop(cx.spawn(child(notes, 2, "child")));
    Ok("value")
}

#[task(start = "manual", overlap = "skip")]
fn plain_leaves_children(cx: Context, State(notes): State<Notes>) -> anyhow::Result<&'static str> {
    drop(cx.spawn(child(notes, 3, "child")));
    Ok("value")
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ended_well_is_over_when_its_children_are() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(leaves_children), registration!(plain_leaves_children)]).await;
    let run = handle.spawn(leaves_children, ()).unwrap();
    pass(2_500).await;
    assert_eq!(notes.words(), ["child"]);
    assert!(handle.spawn(leaves_children, ()).unwrap_err().is_overlap());
    assert_eq!(run.await.unwrap(), "value");
    assert_eq!(notes.millis_of("grandchild"), [3_000]);
    let result = only_result(&handle, "leaves_children");
    assert_eq!((result.outcome, result.duration), (Outcome::Succeeded, Duration::from_secs(3)));
    assert_eq!(handle.spawn(plain_leaves_children, ()).unwrap().await.unwrap(), "value");
    assert_eq!(notes.millis_of("child"), [2_000, 6_000]);
}

#[task(start = "manual")]
async fn fails_with_children(cx: Context, State(notes): State<Notes>) -> anyhow::Result<()> {
    drop(cx.spawn(child(notes, 100, "ended")));
    seconds(1).await;
    anyhow::bail!("no page")
}

#[tokio::test(start_paused = true)]
async fn a_body_that_fails_takes_its_children_with_it() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(fails_with_children)]).await;
    let error = handle.spawn(fails_with_children, ()).unwrap().await.unwrap_err();
    assert_eq!(error.result().unwrap().error.as_deref(), Some("no page"));
    assert_eq!(error.result().unwrap().duration, Duration::from_secs(1));
    assert_eq!(notes.words(), ["dropped"]);
}

#[task(start = "manual", timeout = "5s", grace = "0s")]
async fn timed_out_with_children(cx: Context, State(notes): State<Notes>) {
    drop(cx.spawn(child(notes, 100, "ended")));
}

#[task(start = "manual", timeout = "5s", grace = "0s")]
fn plain_timed_out_with_children(cx: Context, State(notes): State<Notes>) {
    drop(cx.spawn(child(notes, 100, "ended")));
}

#[task(start = "manual", timeout = "5s", grace = "2s")]
fn plain_children_end_in_the_grace(cx: Context, State(notes): State<Notes>) {
    drop(cx.spawn(child(notes, 6, "ended")));
}

#[tokio::test(start_paused = true)]
async fn children_are_inside_the_limits_of_their_attempt() {
    let notes = Notes::new();
    let tasks = [
        registration!(timed_out_with_children),
        registration!(plain_timed_out_with_children),
        registration!(plain_children_end_in_the_grace),
    ];
    let handle = start(&notes, tasks).await;
    for (task, after) in [
        ("timed_out_with_children", 5),
        ("plain_timed_out_with_children", 5),
        ("plain_children_end_in_the_grace", 6),
    ] {
        handle.trigger(task).unwrap();
        pass(10_000).await;
        let result = only_result(&handle, task);
        assert_eq!(
            (result.outcome, result.duration.as_secs()),
            (Outcome::TimedOut, after),
            "{task}: {result:?}"
        );
        assert_eq!(result.error.as_deref(), Some("timeout of 5s passed"), "{task}");
        assert!(!result.late, "{task}");
    }
    assert_eq!(notes.words(), ["dropped", "dropped", "ended"]);
}

#[task(start = "manual", grace = "3s")]
async fn listens_with_children(cx: Context, State(notes): State<Notes>) {
    let (polite, tidy) = (cx.clone(), notes.clone());
    drop(cx.spawn(async move {
        polite.cancelled().await;
        seconds(1).await;
        tidy.note("tidy");
    }));
    drop(cx.spawn(child(notes, 100, "ended")));
}

#[tokio::test(start_paused = true)]
async fn children_have_the_token_and_the_grace_of_their_run() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(listens_with_children)]).await;
    let run = handle.trigger("listens_with_children").unwrap();
    pass(2_000).await;
    assert!(handle.cancel(run));
    pass(10_000).await;
    assert_eq!((notes.millis_of("tidy"), notes.millis_of("dropped")), (vec![3_000], vec![5_000]));
    assert_eq!(only_result(&handle, "listens_with_children").outcome, Outcome::Cancelled);
    handle.trigger("listens_with_children").unwrap();
    pass(1_000).await;
    let report = handle.shutdown(None).await;
    // The deaf child is dropped at the end of the drain, and the run named.
    assert_eq!((report.exit_code(), report.cut().len()), (124, 1));
    assert_eq!(report.cut()[0].outcome, Outcome::Interrupted);
    assert_eq!((notes.count("tidy"), notes.count("dropped")), (2, 2));
}

#[task(start = "manual", retry(max = 1, delay = "1s", jitter = "off", panics = true))]
async fn child_panics(cx: Context, State(notes): State<Notes>) -> anyhow::Result<u64> {
    let _body = OnDrop(notes.clone(), "body");
    let attempt = cx.attempt();
    drop(cx.spawn(child(notes.clone(), 5, "sibling")));
    let panics = cx.spawn(async move {
        seconds(1).await;
        assert_ne!(attempt, 1, "the child is broken");
        7
    });
    match panics.await {
        Ok(value) => Ok(value),
        Err(error) => {
            notes.note("the body saw it");
            Err(error.into())
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_that_panics_is_a_panic_of_the_attempt() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(child_panics)]).quiet_panics().start().await.unwrap();
    let run = handle.spawn(child_panics, ()).unwrap();
    pass(1_500).await;
    // The body and the sibling are gone, and it is tried again.
    assert_eq!(notes.words(), ["body", "dropped"]);
    assert_eq!(run.await.unwrap(), 7);
    assert_eq!(notes.words(), ["body", "dropped", "body", "sibling"]);
    assert_eq!(only_result(&handle, "child_panics").attempts, 2);
}

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("dropping is broken");
    }
}

#[task(start = "manual")]
async fn child_panics_unawaited(cx: Context) {
    drop(cx.spawn(async { panic!("nobody awaits this") }));
}

#[task(start = "manual", timeout = "1s", grace = "0s")]
async fn drop_of_a_child_panics(cx: Context) {
    drop(cx.spawn(async {
        let _value = PanicsOnDrop;
        seconds(100).await;
    }));
}

#[task(start = "manual")]
async fn value_of_a_child_panics(cx: Context) {
    drop(cx.spawn(async { PanicsOnDrop }));
}

#[tokio::test(start_paused = true)]
async fn no_panic_of_a_child_is_lost() {
    let notes = Notes::new();
    let tasks = [
        registration!(child_panics_unawaited),
        registration!(drop_of_a_child_panics),
        registration!(value_of_a_child_panics),
    ];
    let handle = program(&notes, tasks).quiet_panics().start().await.unwrap();
    for (task, text) in [
        ("child_panics_unawaited", "nobody awaits this"),
        ("drop_of_a_child_panics", "dropping is broken"),
        ("value_of_a_child_panics", "dropping is broken"),
    ] {
        handle.trigger(task).unwrap();
        pass(2_000).await;
        let result = only_result(&handle, task);
        assert_eq!(result.outcome, Outcome::Panicked, "{task}");
        let error = result.error.unwrap();
        assert!(error.starts_with(text) && error.contains("children.rs:"), "{error}");
    }
}

static STALE: Mutex<Option<Context>> = Mutex::new(None);
static CHILD: Mutex<Option<Child<()>>> = Mutex::new(None);

#[task(start = "manual", timeout = "1s", grace = "0s")]
async fn lets_its_context_out(cx: Context) {
    *CHILD.lock().unwrap() = Some(cx.spawn(std::future::pending()));
    *STALE.lock().unwrap() = Some(cx);
}

#[tokio::test(start_paused = true)]
async fn a_context_that_outlived_its_run_starts_nothing() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(lets_its_context_out)]).await;
    handle.trigger("lets_its_context_out").unwrap();
    pass(2_000).await;
    let stale = STALE.lock().unwrap().take().unwrap();
    let error = stale.spawn(child(notes.clone(), 0, "ended")).await.unwrap_err();
    assert_eq!(error.to_string(), "the child was dropped before its end: it panicked, or its run is over");
    let carried_out = CHILD.lock().unwrap().take().unwrap();
    let ended: Result<(), ChildError> = carried_out.await;
    assert_eq!(ended, Err(error));
    assert!(notes.words().is_empty(), "it never began");
}

#[task(start = "manual")]
async fn many_children(cx: Context) -> anyhow::Result<u32> {
    let mut sum = 0;
    for _ in 0..100 {
        let children: Vec<_> = (0..100).map(|_| cx.spawn(async { 1 })).collect();
        for child in children {
            sum += child.await?;
        }
    }
    Ok(sum)
}

#[tokio::test(start_paused = true)]
async fn many_children_are_many_values() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(many_children)]).await;
    assert_eq!(handle.spawn(many_children, ()).unwrap().await.unwrap(), 10_000);
}
