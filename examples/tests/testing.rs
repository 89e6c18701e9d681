//! The tests that `docs/testing.md` shows, and a check that it shows them as they are.
#![allow(
    missing_docs,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    unused_crate_dependencies,
    reason = "tests"
)]

use std::{
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use tasks_runtime::{
    CancellationToken, Outcome, SkipReason, State, registration, scheduled, task,
    testing::{Fault, Kit},
};

/// What the guide's tasks write to.
#[derive(Clone, Default)]
struct Outbox(Arc<Mutex<Vec<String>>>);

impl Outbox {
    fn push(&self, mail: &str) {
        self.0.lock().unwrap().push(mail.to_owned());
    }

    fn mails(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// Sends what waits in the outbox.
#[task(start = "manual", timeout = "10s", retry(max = 2, delay = "1s", jitter = "off"))]
async fn send_mail(State(outbox): State<Outbox>) -> Result<usize, std::io::Error> {
    outbox.push("hello");
    Ok(outbox.mails().len())
}

#[tokio::test]
async fn sending_adds_to_the_outbox() {
    let outbox = Outbox::default();
    assert_eq!(send_mail(State(outbox.clone())).await.unwrap(), 1);
    assert_eq!(outbox.mails(), ["hello"]);
}

#[tokio::test]
async fn a_run_succeeds_at_the_first_attempt() {
    let kit = Kit::tasks([registration!(send_mail)]).state(Outbox::default()).start().await;
    let result = kit.run_task("send_mail").await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Succeeded, 1));
    let sent = kit.handle().spawn(send_mail, ()).unwrap().await.unwrap();
    assert_eq!(sent, 2);
    kit.finish().await;
}

#[scheduled(cron = "30 2 * * *", timezone = "Europe/Madrid")]
async fn nightly() {}

#[tokio::test]
async fn nightly_runs_once_each_night_whatever_clocks_do() {
    let kit = Kit::tasks([registration!(nightly)]).at("2026-03-28T12:00[Europe/Madrid]").start().await;
    let seen = kit.during(async |kit| kit.advance_to("2026-03-29T12:00").await).await;
    assert_eq!(seen.due("nightly"), ["2026-03-29T03:00:00+02:00"], "02:30 does not exist");

    kit.advance_to("2026-10-24T12:00").await;
    let seen = kit.during(async |kit| kit.advance_to("2026-10-25T12:00").await).await;
    assert_eq!(seen.due("nightly"), ["2026-10-25T02:30:00+02:00"], "02:30 comes twice");
    kit.finish().await;
}

#[scheduled(every = "1m", timeout = "2m")]
async fn poll_orders() {}

#[tokio::test]
async fn a_slow_poll_skips_the_next_one() {
    let kit = Kit::tasks([registration!(poll_orders)]).start().await;
    kit.inject("poll_orders", 1, Fault::take(Duration::from_secs(90)));
    let seen = kit.during(async |kit| kit.advance(Duration::from_secs(180)).await).await;
    assert_eq!(seen.skips("poll_orders")[0].reason, SkipReason::Overlap);
    assert_eq!(seen.due("poll_orders"), ["2026-01-01T00:01:00Z", "2026-01-01T00:03:00Z"]);
    kit.finish().await;
}

#[tokio::test]
async fn mail_survives_an_outage_of_two_attempts() {
    let kit = Kit::tasks([registration!(send_mail)]).state(Outbox::default()).start().await;
    kit.inject("send_mail", 1, Fault::fail("smtp: connection refused"));
    kit.inject("send_mail", 1, Fault::hang());
    let result = kit.run_task("send_mail").await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Succeeded, 3));
    assert_eq!(result.duration, Duration::from_secs(1 + 10 + 2), "two waits and one timeout");
    kit.finish().await;
}

#[task]
async fn consume_queue(cancel: CancellationToken, State(outbox): State<Outbox>) {
    cancel.cancelled().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    outbox.push("the last one");
}

#[tokio::test]
async fn the_last_message_is_sent_before_the_process_ends() {
    let outbox = Outbox::default();
    let kit = Kit::tasks([registration!(consume_queue)]).state(outbox.clone()).start().await;
    kit.terminate();
    let report = kit.shutdown().await;
    assert!(report.is_clean(), "had to cut {:?}", report.cut());
    assert_eq!(outbox.mails(), ["the last one"]);
}

#[test]
fn the_program_lists_its_tasks() {
    let list = Command::new(env!("CARGO_BIN_EXE_quickstart")).arg("--list-tasks=names").output().unwrap();
    assert!(list.status.success());
    assert_eq!(String::from_utf8(list.stdout).unwrap(), "prune_sessions\nwarm_cache\n");
}

#[test]
fn the_guide_shows_these_tests_as_they_are() {
    let guide = include_str!("../../docs/testing.md");
    let here = include_str!("testing.rs");
    let shown: Vec<&str> =
        guide.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(shown.len() >= 7, "the guide shows {} pieces of code", shown.len());
    for piece in shown {
        assert!(here.contains(piece), "docs/testing.md shows what is not here:\n{piece}");
    }
}
