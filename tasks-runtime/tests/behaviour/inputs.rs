//! Runs that are started with a value.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tasks_runtime::{
    BoxError, Context, Fatal, FromContext, Handle, Input, Outcome, State, registration, task,
};

use crate::support::{Notes, OnDrop, only_result, pass, program, start};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Mail {
    to: String,
    weight: f64,
    #[serde(skip)]
    draft: bool,
}

fn mail(to: &str) -> Mail {
    Mail { to: to.to_owned(), weight: 0.1 + 0.2, draft: true }
}

#[task]
async fn send_mail(
    cx: Context,
    Input(mail): Input<Mail>,
    State(notes): State<Notes>,
) -> anyhow::Result<String> {
    notes.note(format!("{} to {}", cx.trigger(), mail.to));
    anyhow::ensure!(mail.draft, "a copy");
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    Ok(mail.to)
}

#[task]
fn weigh(Input(mail): Input<Mail>) -> Result<f64, String> {
    Ok(mail.weight)
}

#[tokio::test(start_paused = true)]
async fn the_value_itself_reaches_the_body() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(send_mail), registration!(weigh)]).await;
    // `draft` is skipped by serde: it is there only if nothing was copied.
    assert_eq!(handle.spawn(send_mail, mail("ann")).unwrap().await.unwrap(), "ann");
    assert_eq!(handle.spawn(weigh, mail("ann")).unwrap().await.unwrap(), 0.1 + 0.2);
    // It did not start with the program.
    assert_eq!(notes.words(), ["spawn to ann"]);
}

#[tokio::test(start_paused = true)]
async fn a_name_cannot_give_an_input() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(send_mail)]).await;
    let error = handle.trigger("send_mail").unwrap_err();
    assert!(error.is_missing_input());
    assert_eq!(
        error.to_string(),
        "task `send_mail` takes an input of type `behaviour::inputs::Mail`, which a name cannot give: start \
         it with `handle.spawn(send_mail, input)`"
    );
    assert!(handle.running().is_empty());
}

#[task(retry(max = 2, delay = "1s", jitter = "off"))]
async fn twice_in_vain(
    cx: Context,
    Input(mail): Input<Mail>,
    State(notes): State<Notes>,
) -> anyhow::Result<u32> {
    notes.note(format!("{} {} {}", mail.to, mail.weight, mail.draft));
    anyhow::ensure!(cx.attempt() == 3, "not yet");
    Ok(cx.attempt())
}

#[tokio::test(start_paused = true)]
async fn each_attempt_gets_the_value() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(twice_in_vain)]).await;
    assert_eq!(handle.spawn(twice_in_vain, mail("ann")).unwrap().await.unwrap(), 3);
    let sum = 0.1 + 0.2;
    assert_eq!(
        notes.words(),
        [format!("ann {sum} true"), format!("ann {sum} false"), format!("ann {sum} false")]
    );
}

struct Unlucky;

impl FromContext for Unlucky {
    type Needs = (Context, State<Notes>);

    async fn from_context((cx, State(notes)): Self::Needs) -> Result<Self, BoxError> {
        notes.note(format!("extractor {}", cx.attempt()));
        if cx.attempt() == 1 { Err("unlucky".into()) } else { Ok(Self) }
    }
}

#[task(retry(max = 1, delay = "1s", jitter = "off"))]
async fn behind_an_extractor(_unlucky: Unlucky, Input(mail): Input<Mail>) -> anyhow::Result<bool> {
    Ok(mail.draft)
}

#[task(retry(max = 1, delay = "1s", jitter = "off"))]
async fn before_an_extractor(Input(mail): Input<Mail>, _unlucky: Unlucky) -> anyhow::Result<bool> {
    Ok(mail.draft)
}

#[tokio::test(start_paused = true)]
async fn an_extractor_that_fails_does_not_cost_the_value() {
    let notes = Notes::new();
    let handle =
        start(&notes, [registration!(behind_an_extractor), registration!(before_an_extractor)]).await;
    // The first attempt never came to it, so this is no copy.
    assert!(handle.spawn(behind_an_extractor, mail("ann")).unwrap().await.unwrap());
    assert!(!handle.spawn(before_an_extractor, mail("ann")).unwrap().await.unwrap());
}

type NoJson = HashMap<(u8, u8), u8>;

#[task(retry(max = 3, delay = "1s"))]
async fn needs_a_copy(_input: Input<NoJson>) -> anyhow::Result<()> {
    Ok(())
}

#[task]
async fn needs_no_copy(Input(input): Input<NoJson>) -> anyhow::Result<usize> {
    Ok(input.len())
}

#[tokio::test(start_paused = true)]
async fn a_value_that_cannot_be_copied_fails_at_once_where_a_retry_would_need_it() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(needs_a_copy), registration!(needs_no_copy)]).await;
    let input = || NoJson::from([((1, 2), 3)]);
    let error = handle.spawn(needs_a_copy, input()).unwrap().await.unwrap_err();
    let result = error.result().unwrap();
    assert_eq!((result.outcome, result.attempts), (Outcome::Failed, 1));
    assert_eq!(
        result.error.as_deref(),
        Some("the input cannot be copied, as `retry` needs it to be: key must be a string")
    );
    assert_eq!(handle.spawn(needs_no_copy, input()).unwrap().await.unwrap(), 1);
}

/// Written as a number, read as a word.
#[derive(Debug)]
struct OneWay;

impl Serialize for OneWay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for OneWay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|_| Self)
    }
}

#[task(retry(max = 3, delay = "1s"))]
async fn one_way(_input: Input<Vec<OneWay>>) -> anyhow::Result<()> {
    anyhow::bail!("not yet")
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_cannot_be_read_ends_the_run_and_says_where() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(one_way)]).await;
    let _ = handle.spawn(one_way, vec![OneWay]).unwrap().await;
    let result = only_result(&handle, "one_way");
    assert_eq!((result.outcome, result.attempts), (Outcome::Failed, 2));
    assert_eq!(
        result.error.as_deref(),
        Some(
            "a copy of the input cannot be read for another attempt: at `[0]`: invalid type: integer `1`, \
             expected a string at line 1 column 2"
        )
    );
}

/// An input whose `Drop` is noted, and panics if it says so.
#[derive(Default, Serialize, Deserialize)]
struct Watched {
    #[serde(skip)]
    _on_drop: Option<OnDrop>,
    #[serde(skip)]
    panics: bool,
}

impl Drop for Watched {
    fn drop(&mut self) {
        assert!(!self.panics, "dropping is broken");
    }
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

#[task(overlap = "queue(1)")]
async fn queued(cx: Context, Input(_watched): Input<Watched>) -> Result<(), Fatal> {
    RUNS.fetch_add(1, Ordering::Relaxed);
    cx.cancelled().await;
    Ok(())
}

#[task(enabled = false)]
async fn disabled(Input(_to): Input<String>) {}

#[task(overlap = "skip")]
async fn one_at_a_time(cx: Context, Input(_to): Input<String>) {
    cx.cancelled().await;
}

#[task(max_running = 1)]
async fn crowded(cx: Context, Input(_to): Input<String>) {
    cx.cancelled().await;
}

async fn no_task(Input(_to): Input<String>) {}

#[tokio::test(start_paused = true)]
async fn every_refusal_gives_the_input_back() {
    let notes = Notes::new();
    let tasks = [
        registration!(queued),
        registration!(disabled),
        registration!(one_at_a_time),
        registration!(crowded),
        registration!(weigh),
    ];
    let handle = start(&notes, tasks).await;
    let text = || "the text".to_owned();
    let refused = handle.spawn(no_task, text()).unwrap_err();
    assert!(refused.is_unknown());
    assert_eq!(refused.into_input(), text());
    let refused = handle.spawn(disabled, text()).unwrap_err();
    assert!(refused.is_disabled());
    assert_eq!(refused.into_input(), text());
    drop(handle.spawn(one_at_a_time, text()).unwrap());
    let refused = handle.spawn(one_at_a_time, text()).unwrap_err();
    assert!(refused.is_overlap());
    assert_eq!(refused.into_input(), text());
    for _ in 0..10_001 {
        drop(handle.spawn(crowded, String::new()).unwrap());
    }
    let refused = handle.spawn(crowded, text()).unwrap_err();
    assert!(refused.is_capacity());
    assert_eq!(refused.into_input(), text());
    drop(handle.shutdown(None));
    let refused = handle.spawn(weigh, mail("ann")).unwrap_err();
    assert!(refused.is_shutdown());
    assert_eq!(refused.into_input(), mail("ann"));
}

#[tokio::test(start_paused = true)]
async fn what_a_run_never_took_is_dropped_with_it_and_a_panic_there_costs_nothing() {
    let notes = Notes::new();
    let handle =
        program(&notes, [registration!(queued), registration!(weigh)]).quiet_panics().start().await.unwrap();
    let watched = |word, panics| Watched { _on_drop: Some(OnDrop(notes.clone(), word)), panics };
    let first = handle.spawn(queued, Watched::default()).unwrap();
    pass(1).await;
    let second = handle.spawn(queued, watched("second", true)).unwrap();
    assert!(!handle.spawn(queued, watched("third", false)).unwrap_err().into_input().panics);
    assert_eq!(notes.words(), ["third"]);
    assert!(handle.cancel(second.run()));
    assert_eq!(notes.words(), ["third", "second"]);
    assert_eq!(second.await.unwrap_err().outcome(), Outcome::Cancelled);
    // The engine is as good as before.
    let waiting = handle.spawn(queued, watched("waiting", true)).unwrap();
    let _ = handle.shutdown(None).await;
    assert_eq!(waiting.await.unwrap_err().outcome(), Outcome::Interrupted);
    assert!(first.await.is_ok());
    assert_eq!(notes.count("waiting"), 1);
    assert_eq!(RUNS.load(Ordering::Relaxed), 1);
}

type Alias<T> = Input<T>;

#[task]
async fn two_behind_an_alias(_a: Alias<u8>, _b: Alias<u16>) {}

#[tasks_runtime::scheduled(every = "5m")]
async fn scheduled_behind_an_alias(_a: Alias<u8>) {}

#[task(start = "boot")]
async fn boot_behind_an_alias(_a: Alias<u8>) {}

#[task(restart = "always")]
async fn service_behind_an_alias(_a: Alias<u8>) {}

#[task]
async fn aliased(Input(a): Alias<u8>, handle: Handle) -> Result<u8, String> {
    assert_eq!(handle.running().len(), 1);
    Ok(a)
}

#[tokio::test(start_paused = true)]
async fn an_input_behind_an_alias_is_found_at_the_start() {
    let notes = Notes::new();
    let tasks = [
        registration!(two_behind_an_alias),
        registration!(scheduled_behind_an_alias),
        registration!(boot_behind_an_alias),
        registration!(service_behind_an_alias),
    ];
    let error = program(&notes, tasks).start().await.unwrap_err();
    let problems: Vec<_> = error.problems().iter().map(|problem| problem.problem.as_str()).collect();
    assert_eq!(
        problems,
        [
            "task `two_behind_an_alias`: it takes more than one `Input`, and a run is started with one value",
            "task `scheduled_behind_an_alias`: it takes an `Input<u8>`, and a schedule has none to give",
            "task `boot_behind_an_alias`: it takes an `Input<u8>`, and the start of the program has none to give",
            "task `service_behind_an_alias`: it takes an `Input<u8>`, and a restart has none to give",
        ]
    );
    let handle = start(&notes, [registration!(aliased)]).await;
    assert_eq!(handle.spawn(aliased, 7).unwrap().await.unwrap(), 7);
}
