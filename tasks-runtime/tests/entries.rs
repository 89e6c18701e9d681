//! What a schedule that is added to a running program costs.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{sync::Arc, time::Duration};

use tasks_runtime::{Handle, Schedule, registration, task, task_fn};
use tokio::runtime::Runtime;

#[task(start = "manual")]
async fn declared() {}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

async fn program() -> Handle {
    tasks_runtime::builder()
        .without_discovery()
        .register(registration!(declared))
        .__virtual_time("2026-01-01T00:00:00Z".parse().unwrap())
        .start()
        .await
        .unwrap()
}

/// Adds tasks that differ in their names, in what they own and in their periods.
fn add(handle: &Handle, from: u64, count: u64, schedule: impl Fn(u64) -> Schedule) {
    for number in from..from + count {
        let owned = Arc::<[u64]>::from([]);
        let body = move |_| {
            let owned = Arc::clone(&owned);
            async move { drop((owned, number)) }
        };
        let task = task_fn(format!("entry-{number:07}"), body).timeout(Duration::from_secs(30));
        handle.schedule(task, schedule(number)).unwrap();
    }
}

/// What anybody has to keep of such a task: its name of 13 bytes and its
/// closure of 24 with what that owns, two pointers for each of them, and one to
/// the options, which all of them share.
const DEFINITION: i64 = (13 + 16) + (24 + 16 + 16) + 8;
const COUNT: u64 = 20_000;

/// Bytes of the heap for one entry, its definition left out.
fn beyond_its_definition(schedule: impl Fn(u64) -> Schedule) -> i64 {
    let runtime = runtime();
    let _entered = runtime.enter();
    let handle = runtime.block_on(program());
    // What is there once, and the schedules that are shared.
    add(&handle, 0, 1000, &schedule);
    let used = allocation_counter::measure(|| add(&handle, 1000, COUNT, &schedule));
    used.bytes_current / COUNT as i64 - DEFINITION
}

#[test]
fn an_entry_takes_less_than_a_hundred_bytes_beyond_its_definition() {
    let hour = Duration::from_secs(3600);
    let periods = beyond_its_definition(|number| Schedule::every(hour + Duration::from_secs(number % 60)));
    let cron = beyond_its_definition(|number| Schedule::cron(format!("{} 3 * * *", number % 60)));
    let jitter = beyond_its_definition(|_| Schedule::every(hour).jitter(Duration::from_secs(60)));
    let most = [periods, cron, jitter].into_iter().max();
    assert!(most <= Some(96), "every {periods}, cron {cron}, jitter {jitter}");
    // One that shares its schedule with nobody has that too, and what is
    // remembered of the latest thousand is counted here.
    let alone = beyond_its_definition(|number| Schedule::every(hour + Duration::from_secs(number)));
    assert!(alone <= 96 + 192, "{alone}");
}

#[test]
fn what_was_added_and_removed_leaves_no_memory_behind() {
    let runtime = runtime();
    let _entered = runtime.enter();
    let handle = runtime.block_on(program());
    let come_and_go = || {
        add(&handle, 0, 2000, |_| Schedule::every(Duration::from_secs(60)));
        assert_eq!(handle.task_pages(500).flatten().count(), 2001);
        (0..2000).for_each(|number| handle.remove(&format!("entry-{number:07}")).unwrap());
    };
    for _ in 0..3 {
        come_and_go();
    }
    // Eight bytes that each of them left behind would be 80,000.
    let used = allocation_counter::measure(|| (0..5).for_each(|_| come_and_go()));
    assert!(used.bytes_current < 20_000, "{used:?}");
}
