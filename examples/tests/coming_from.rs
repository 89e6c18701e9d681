//! The code of `docs/coming-from.md`, which a newcomer takes over: it compiles
//! and means what the guide says.
#![allow(missing_docs, clippy::unwrap_used, unused_crate_dependencies, reason = "tests")]

use tasks_runtime::{State, registration, scheduled, testing::Kit};

#[derive(Clone)]
struct Db;

#[expect(clippy::unused_async, reason = "as a database has them")]
impl Db {
    async fn report(&self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn back_up(&self) -> anyhow::Result<()> {
        Ok(())
    }

    async fn sync(&self) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Was: `Job::new_async_tz("0 30 2 * * *", Madrid, |_, _| Box::pin(async { … }))`.
#[scheduled(cron = "30 2 * * *", timezone = "Europe/Madrid", retry = 3)]
async fn nightly_report(State(db): State<Db>) -> anyhow::Result<()> {
    db.report().await
}

/// Was: `.every(1.day()).at("3:20 pm").and_every(Sunday).at("6:00 am")`.
#[scheduled(cron = "20 15 * * *", timezone = "local")]
#[scheduled(cron = "0 6 * * SUN", timezone = "local", name = "back_up_on_sunday")]
async fn back_up(State(db): State<Db>) -> anyhow::Result<()> {
    db.back_up().await
}

/// Was: OnCalendar=*:0/15, RandomizedDelaySec=1min, FixedRandomDelay=true.
#[scheduled(every = "15m", align = true, spread = "1m")]
async fn sync_mirror(State(db): State<Db>) -> anyhow::Result<()> {
    db.sync().await
}

#[tokio::test]
async fn what_is_shown_is_due_when_the_guide_says() {
    let tasks = [registration!(nightly_report), registration!(sync_mirror)];
    let kit = Kit::tasks(tasks).state(Db).at("2026-07-01T00:00:00Z").start().await;
    let seen = kit.watch();
    kit.advance_to("2026-07-01T00:45:00Z").await;
    // Half past two in Madrid, in summer.
    assert_eq!(seen.due("nightly_report").len(), 1);
    kit.advance_to("2026-07-01T01:46:01Z").await;
    let due = seen.due("sync_mirror");
    assert_eq!(due.len(), 7, "{due:?}");
    assert!(due.iter().all(|due| [":00:00", ":15:00", ":30:00", ":45:00"].iter().any(|at| due.contains(at))));
    kit.finish().await;
}

#[test]
fn the_function_stands_for_the_task_of_its_name() {
    // Looked at, not started: the machine of the test may have no zone.
    let registration = registration!(back_up);
    let definition = registration.task().definition();
    assert_eq!((definition.name, definition.options.timezone), ("back_up", Some("local")));
}

#[test]
fn the_guide_shows_this_code_as_it_is() {
    let guide = include_str!("../../docs/coming-from.md");
    let here = include_str!("coming_from.rs");
    let shown: Vec<&str> =
        guide.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(shown.len() >= 3, "the guide shows {} pieces of code", shown.len());
    for piece in shown {
        assert!(here.contains(piece), "docs/coming-from.md shows what is not here:\n{piece}");
    }
}
