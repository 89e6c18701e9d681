//! Very many tasks, read page by page while they come, change and go.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tasks_runtime::{Handle, Schedule, ScheduleHandle, SkipReason, registration, task, task_fn};

use crate::support::{Notes, pass, start};

#[task(start = "manual")]
async fn declared() {}

const MANY: u64 = 20_000;

fn hours(hours: u64) -> Duration {
    Duration::from_secs(3600 * hours)
}

/// Adds a task in an order that is not that of the names.
fn add(handle: &Handle, number: u64, runs: &Arc<AtomicU64>, schedule: Schedule) -> ScheduleHandle {
    let runs = Arc::clone(runs);
    let body = move |_| {
        runs.fetch_add(1, Ordering::Relaxed);
        async {}
    };
    handle.schedule(task_fn(format!("entry-{:05}", number * 7919 % MANY), body), schedule).unwrap()
}

fn page(handle: &Handle, after: Option<&str>, limit: usize) -> Vec<String> {
    handle.tasks_page(after, limit).iter().map(|task| task.name.to_string()).collect()
}

fn all(handle: &Handle) -> Vec<String> {
    handle.task_pages(777).flatten().map(|task| task.name.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn twenty_thousand_schedules_come_are_read_paused_changed_and_go() {
    let handle = start(&Notes::new(), [registration!(declared)]).await;
    let runs = Arc::new(AtomicU64::new(0));
    let added: Vec<_> =
        (0..MANY).map(|number| add(&handle, number, &runs, Schedule::every(hours(1)))).collect();
    let mut expected: Vec<String> = (0..MANY).map(|number| format!("entry-{number:05}")).collect();
    expected.insert(0, "declared".to_owned());
    assert_eq!(all(&handle), expected);
    let whole: Vec<_> = handle.tasks().iter().map(|task| task.name.to_string()).collect();
    assert_eq!(whole, expected);
    // Each fires once in an hour, and a few hours of it have no other effect.
    pass(3 * 3_600_000 + 60_000).await;
    assert_eq!(runs.swap(0, Ordering::Relaxed), 3 * MANY);
    for entry in &added {
        entry.pause("", None).unwrap();
    }
    pass(3_600_000).await;
    assert_eq!(runs.load(Ordering::Relaxed), 0);
    let paused = handle
        .task_pages(1000)
        .flatten()
        .filter(|task| task.paused.is_some() && task.counts.skips(SkipReason::Paused) == 1);
    assert_eq!(paused.count() as u64, MANY);
    for entry in &added {
        assert!(entry.resume().unwrap());
        entry.reschedule(Schedule::every(hours(2))).unwrap();
    }
    pass(2 * 3_600_000 + 60_000).await;
    assert_eq!(runs.swap(0, Ordering::Relaxed), MANY);
    let schedules = handle.tasks_page(Some("declared"), 1)[0].schedule.clone();
    assert_eq!(schedules.as_deref(), Some("every 2h"));
    for (number, entry) in (0..).zip(&added) {
        if number % 2 == 0 {
            entry.remove().unwrap();
        }
    }
    assert_eq!(all(&handle).len() as u64, MANY / 2 + 1);
    // Their places and names are used again.
    for number in (0..MANY).filter(|number| number % 2 == 0) {
        add(&handle, number, &runs, Schedule::cron("0 0 1 1 *"));
    }
    assert_eq!(all(&handle), expected);
    pass(2 * 3_600_000).await;
    assert_eq!(runs.load(Ordering::Relaxed), MANY / 2);
}

#[tokio::test(start_paused = true)]
async fn a_page_goes_on_after_a_name_that_is_gone_and_shows_what_has_come() {
    let handle = start(&Notes::new(), [registration!(declared)]).await;
    let every = || Schedule::every(hours(1));
    let add = |name: &str| handle.schedule(task_fn(name, |_| async {}), every()).unwrap();
    let (b, d) = (add("b"), add("d"));
    assert_eq!(page(&handle, None, 2), ["b", "d"]);
    assert_eq!(page(&handle, Some("d"), 2), ["declared"]);
    d.remove().unwrap();
    add("c");
    add("e");
    assert_eq!(page(&handle, Some("b"), 10), ["c", "declared", "e"]);
    assert_eq!(page(&handle, Some("d"), 10), ["declared", "e"]);
    assert_eq!((page(&handle, Some("e"), 10), page(&handle, None, 0)), (vec![], vec![]));
    // An iterator meets what is added behind it no more, and what is added before it.
    let mut pages = handle.task_pages(2);
    assert_eq!(pages.next().unwrap().len(), 2);
    b.remove().unwrap();
    add("a");
    add("z");
    let rest: Vec<_> = pages.flatten().map(|task| task.name.to_string()).collect();
    assert_eq!(rest, ["declared", "e", "z"]);
    assert_eq!(handle.task_pages(0).count(), 5);
}
