//! Closures that a body puts on the blocking pool.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    time::Duration,
};

use tasks_runtime::{Context, Input, Outcome, State, registration, task};

use crate::support::{Notes, only_result, pass, program, start};

#[task(start = "manual")]
async fn sums(cx: Context) -> anyhow::Result<u64> {
    let numbers = [1, 2, 3];
    let child = cx.spawn(cx.blocking(|| 4));
    Ok(cx.blocking(move || numbers.iter().sum::<u64>()).await + child.await?)
}

#[tokio::test(start_paused = true)]
async fn a_closure_on_the_blocking_pool_gives_its_value() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(sums)]).await;
    assert_eq!(handle.spawn(sums, ()).unwrap().await.unwrap(), 10);
}

/// A closure that runs until the test lets it go, and what becomes of it then.
struct Closure(Receiver<&'static str>, Sender<()>);

fn closure() -> (Sender<&'static str>, Receiver<()>, Closure) {
    let (go, gate) = channel();
    let (began, has_begun) = channel();
    (go, has_begun, Closure(gate, began))
}

impl Closure {
    fn run(self) {
        self.1.send(()).unwrap();
        let word = self.0.recv().unwrap();
        assert_eq!(word, "end", "the closure is broken");
    }
}

#[derive(Clone)]
struct Slot(std::sync::Arc<std::sync::Mutex<Option<Closure>>>);

#[task(start = "manual")]
async fn leaves_a_closure(cx: Context, State(slot): State<Slot>) {
    let closure = slot.0.lock().unwrap().take().unwrap();
    tokio::select! {
        () = cx.blocking(move || closure.run()) => {}
        () = tokio::time::sleep(Duration::from_secs(1)) => {}
    }
}

async fn leave(word: &'static str) -> tasks_runtime::RunResult {
    let notes = Notes::new();
    let (go, has_begun, closure) = closure();
    let slot = Slot(std::sync::Arc::new(std::sync::Mutex::new(Some(closure))));
    let handle =
        program(&notes, [registration!(leaves_a_closure)]).state(slot).quiet_panics().start().await.unwrap();
    let run = handle.spawn(leaves_a_closure, ()).unwrap();
    // A thread that works holds virtual time, so it is passed by hand.
    while has_begun.try_recv().is_err() {
        tokio::task::yield_now().await;
    }
    tokio::time::advance(Duration::from_secs(2)).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(handle.running().len(), 1, "the run is not over before its closure");
    go.send(word).unwrap();
    let _ = run.await;
    only_result(&handle, "leaves_a_closure")
}

#[tokio::test(start_paused = true)]
async fn a_run_is_not_over_until_its_closures_are() {
    assert_eq!(leave("end").await.outcome, Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_panics_unheard_is_a_panic_of_the_attempt() {
    let result = leave("panic").await;
    assert_eq!(result.outcome, Outcome::Panicked);
    let error = result.error.unwrap();
    assert!(error.contains("the closure is broken") && error.contains("pieces.rs:"), "{error}");
}

#[task(start = "manual")]
async fn closure_panics(cx: Context) -> anyhow::Result<()> {
    cx.blocking(|| panic!("no number")).await;
    Ok(())
}

#[task(start = "manual", timeout = "5s", grace = "0s")]
async fn too_long_after_a_closure(cx: Context, Input(()): Input<()>) -> anyhow::Result<()> {
    cx.blocking(|| ()).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_panics_is_a_panic_of_the_body() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(closure_panics)]).quiet_panics().start().await.unwrap();
    let error = handle.spawn(closure_panics, ()).unwrap().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Panicked);
    assert!(error.to_string().contains("no number, at "), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_came_back_stops_no_limit() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(too_long_after_a_closure)]).await;
    drop(handle.spawn(too_long_after_a_closure, ()).unwrap());
    pass(6_000).await;
    let result = only_result(&handle, "too_long_after_a_closure");
    assert_eq!(
        (result.outcome, result.duration, result.late),
        (Outcome::TimedOut, Duration::from_secs(5), false)
    );
}
