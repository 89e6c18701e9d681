//! Hooks around attempts.

use std::future::pending;

use tasks_runtime::{Builder, Context, FromContext, Outcome, State, registration, task};

use crate::support::{Notes, OnDrop, only_result, outcomes_of, pass, program};

tokio::task_local! {
    static SCOPE: String;
}

/// The value of the task-local, if there is one here.
fn scope() -> String {
    SCOPE.try_with(Clone::clone).unwrap_or_else(|_| "none".to_owned())
}

/// A program whose attempts have a scope of their own, and note how they end.
fn scoped(builder: Builder, notes: &Notes) -> Builder {
    let notes = notes.clone();
    builder.around(move |cx, attempt| {
        let notes = notes.clone();
        async move {
            let attempted = SCOPE.scope(format!("{} {}", cx.task(), cx.attempt()), attempt).await;
            let end = match (attempted.error(), attempted.panic_message()) {
                (Some(error), _) => error.to_string(),
                (_, Some(panic)) => format!("{panic} at {}", attempted.panic_location().is_some()),
                _ => format!("ok {}", attempted.is_ok()),
            };
            notes.note(format!("{} {} ended: {end}", cx.task(), cx.attempt()));
            attempted
        }
    })
}

#[task]
async fn listens(cx: Context, State(notes): State<Notes>) {
    cx.cancelled().await;
    notes.note("heard");
}

#[tokio::test(start_paused = true)]
async fn a_body_hears_that_it_is_to_stop_wherever_a_hook_polls_it() {
    for elsewhere in [false, true] {
        let notes = Notes::new();
        let builder = program(&notes, [registration!(listens)]).around(move |_, attempt| async move {
            match elsewhere {
                true => tokio::spawn(attempt).await.unwrap(),
                false => attempt.await,
            }
        });
        let handle = builder.start().await.unwrap();
        pass(100).await;
        let run = handle.running()[0].run;
        assert!(handle.cancel(run));
        pass(5_000).await;
        assert_eq!(notes.millis_of("heard"), [100], "in another task: {elsewhere}");
        assert_eq!(outcomes_of(&handle, "listens"), [Outcome::Cancelled]);
    }
}

struct Extracted(String);

impl FromContext for Extracted {
    type Needs = ();

    async fn from_context((): ()) -> Result<Self, tasks_runtime::BoxError> {
        Ok(Self(scope()))
    }
}

#[task(retry(max = 2, delay = "1s", jitter = "off", panics = true))]
async fn sees_its_scope(
    cx: Context,
    Extracted(extracted): Extracted,
    State(notes): State<Notes>,
) -> Result<u32, String> {
    pass(10).await;
    notes.note(format!("{extracted}, {}", scope()));
    match cx.attempt() {
        1 => Err("no".to_owned()),
        2 => panic!("boom"),
        _ => Ok(7),
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_gives_every_attempt_a_scope_and_sees_its_end() {
    let notes = Notes::new();
    let program = scoped(program(&notes, [registration!(sees_its_scope)]), &notes).quiet_panics();
    let handle = program.start().await.unwrap();
    pass(10_000).await;
    assert_eq!(
        notes.words(),
        [
            "sees_its_scope 1, sees_its_scope 1",
            "sees_its_scope 1 ended: no",
            "sees_its_scope 2, sees_its_scope 2",
            "sees_its_scope 2 ended: boom at true",
            "sees_its_scope 3, sees_its_scope 3",
            "sees_its_scope 3 ended: ok true",
        ]
    );
    assert_eq!(outcomes_of(&handle, "sees_its_scope"), [Outcome::Succeeded]);
    notes.note("spawn");
    let run = handle.spawn(sees_its_scope, ()).unwrap();
    assert_eq!(run.await.unwrap(), 7, "the value of the function goes past the hook");
}

#[task]
async fn panics(State(notes): State<Notes>) {
    let _dropped = OnDrop(notes, "body dropped");
    pass(1).await;
    panic!("boom");
}

#[tokio::test(start_paused = true)]
async fn a_panic_goes_through_a_hook_with_its_message_and_place() {
    let notes = Notes::new();
    let handle =
        scoped(program(&notes, [registration!(panics)]), &notes).quiet_panics().start().await.unwrap();
    pass(1_000).await;
    let result = only_result(&handle, "panics");
    assert_eq!(result.outcome, Outcome::Panicked);
    let error = result.error.unwrap();
    assert!(error.starts_with("boom, at ") && error.contains("around.rs:"), "{error}");
    assert_eq!(notes.words(), ["body dropped", "panics 1 ended: boom at true"]);
}

#[task]
async fn works(State(notes): State<Notes>) {
    notes.note("body");
}

fn noting(builder: Builder, notes: &Notes, name: &'static str) -> Builder {
    let notes = notes.clone();
    builder.around(move |_, attempt| {
        let notes = notes.clone();
        notes.note(format!("{name} called"));
        async move {
            let attempted = attempt.await;
            notes.note(format!("{name} ends"));
            attempted
        }
    })
}

#[tokio::test(start_paused = true)]
async fn the_hook_that_was_given_first_is_the_outermost() {
    let notes = Notes::new();
    let program = noting(program(&notes, [registration!(works)]), &notes, "outer");
    let _handle = noting(program, &notes, "inner").start().await.unwrap();
    pass(1_000).await;
    assert_eq!(notes.words(), ["outer called", "inner called", "body", "inner ends", "outer ends"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_hook_is_the_attempts_and_is_seen_further_out() {
    for late in [false, true] {
        let notes = Notes::new();
        let program = scoped(program(&notes, [registration!(works)]), &notes).quiet_panics();
        let program = program.around(move |_, attempt| {
            assert!(late, "too early");
            async move {
                let _attempted = attempt.await;
                panic!("too late")
            }
        });
        let handle = program.start().await.unwrap();
        pass(1_000).await;
        let result = only_result(&handle, "works");
        assert_eq!(result.outcome, Outcome::Panicked);
        let said = if late { "too late" } else { "too early" };
        assert!(result.error.unwrap().starts_with(said));
        assert_eq!(notes.count("body"), usize::from(late));
        assert_eq!(notes.count(&format!("works 1 ended: {said} at true")), 1, "{:?}", notes.words());
    }
}

#[task(timeout = "1s")]
async fn is_never_polled(State(notes): State<Notes>) {
    notes.note("body");
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_keeps_its_attempt_to_itself_ends_at_the_limit() {
    let notes = Notes::new();
    let program = program(&notes, [registration!(is_never_polled)]).around(|_, attempt| async move {
        let _kept = attempt;
        pending().await
    });
    let handle = program.start().await.unwrap();
    pass(2_000).await;
    let result = only_result(&handle, "is_never_polled");
    assert_eq!((result.outcome, result.duration.as_millis()), (Outcome::TimedOut, 1_000));
    assert_eq!(notes.words(), Vec::<String>::new());
}

#[task(timeout = "1s")]
async fn waits_for_ever(State(notes): State<Notes>) {
    let _dropped = OnDrop(notes, "body dropped");
    pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn a_limit_drops_the_hook_and_the_body_in_it() {
    let notes = Notes::new();
    let inner = notes.clone();
    let program = program(&notes, [registration!(waits_for_ever)]).around(move |_, attempt| {
        let notes = inner.clone();
        async move {
            let _dropped = OnDrop(notes, "hook dropped");
            attempt.await
        }
    });
    let handle = program.start().await.unwrap();
    pass(2_000).await;
    assert_eq!(only_result(&handle, "waits_for_ever").outcome, Outcome::TimedOut);
    let mut dropped = notes.words();
    dropped.sort();
    assert_eq!(dropped, ["body dropped", "hook dropped"]);
    assert_eq!(notes.millis_of("body dropped"), [1_000]);
}

#[task(timeout = "1s", name = "plain")]
fn plain(Extracted(extracted): Extracted, State(notes): State<Notes>) -> Result<(), String> {
    notes.note(format!("extracted {extracted}, on the thread {}", scope()));
    Err("no".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_hook_is_around_a_plain_function_but_not_on_its_thread() {
    let notes = Notes::new();
    let handle = scoped(program(&notes, [registration!(plain)]), &notes).start().await.unwrap();
    while handle.results().is_empty() {
        pass(1).await;
    }
    assert_eq!(notes.words(), ["extracted plain 1, on the thread none", "plain 1 ended: no"]);
    assert_eq!(only_result(&handle, "plain").outcome, Outcome::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_goes_on_after_its_attempt_is_held_to_the_limit_too() {
    let notes = Notes::new();
    let tasks = [registration!(plain), registration!(is_never_polled)];
    let program = program(&notes, tasks).around(|_, attempt| async move {
        let _attempted = attempt.await;
        pending().await
    });
    let handle = program.start().await.unwrap();
    pass(5_000).await;
    for task in ["plain", "is_never_polled"] {
        let result = only_result(&handle, task);
        assert_eq!((result.outcome, result.duration.as_millis()), (Outcome::TimedOut, 1_000), "{task}");
    }
    assert_eq!(notes.words().len(), 2, "both bodies ran");
}
