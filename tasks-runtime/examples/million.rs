//! Adds a million schedules to a running program, reads them page by page,
//! pauses, changes and removes them, and prints what each of it costs and how
//! late a schedule that is due every millisecond fires meanwhile.
//!
//! ```text
//! cargo run --release -p tasks-runtime --example million -- 1000000
//! ```
#![allow(clippy::print_stdout, reason = "it is what it is for")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use tasks_runtime::{Handle, Schedule, ScheduleHandle, task_fn};

/// The latest firings of the schedule that goes on meanwhile, in microseconds.
#[derive(Default)]
struct Late {
    most: AtomicU64,
    sum: AtomicU64,
    count: AtomicU64,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |count| count.parse())?;
    let handle = tasks_runtime::builder()
        .without_discovery()
        .register(tasks_runtime::registration!(idle))
        .start()
        .await?;
    let late = Arc::new(Late::default());
    handle.schedule(probe(&late), Schedule::every(Duration::from_millis(1)))?;
    tokio::task::spawn_blocking(move || play(&handle, &late, count)).await?;
    Ok(())
}

#[tasks_runtime::task(start = "manual")]
async fn idle() {}

fn probe(late: &Arc<Late>) -> impl tasks_runtime::IntoTask<Return = ()> {
    let late = Arc::clone(late);
    task_fn("probe", move |cx| {
        if let Some(at) = cx.scheduled_at() {
            let by = SystemTime::now().duration_since(at.into()).unwrap_or_default().as_micros() as u64;
            late.most.fetch_max(by, Ordering::Relaxed);
            late.sum.fetch_add(by, Ordering::Relaxed);
            late.count.fetch_add(1, Ordering::Relaxed);
        }
        async {}
    })
}

fn play(handle: &Handle, late: &Late, count: u64) {
    std::thread::sleep(Duration::from_secs(2));
    println!("{:<28} {:>9} {:>10} {:>11} {:>11}", "", "total", "each", "late, mean", "late, most");
    step("nothing (2 s)", 0, late, || std::thread::sleep(Duration::from_secs(2)));
    let before = rss();
    let mut added: Vec<ScheduleHandle> = Vec::with_capacity(count as usize);
    let mut outside = Duration::ZERO;
    step("add", count, late, || {
        for number in 0..count {
            let began = Instant::now();
            let task = task_fn(format!("entry-{number:07}"), |_| async {});
            outside += began.elapsed();
            let schedule = Schedule::every(Duration::from_secs(3600 + number % 600));
            added.push(handle.schedule(task, schedule).expect("a new name"));
        }
    });
    let handles = count as usize * size_of::<ScheduleHandle>();
    let used = rss().saturating_sub(before).saturating_sub(handles);
    println!("  {} B of memory for each, its name and closure included", used as u64 / count.max(1));
    step("read the first page of 100", 1, late, || drop(handle.tasks_page(None, 100)));
    step("read all, pages of 1000", count, late, || {
        assert_eq!(handle.task_pages(1000).flatten().count() as u64, count + 2);
    });
    step("pause each", count, late, || added.iter().for_each(|entry| entry.pause("", None).expect("there")));
    step("resume each", count, late, || added.iter().for_each(|entry| drop(entry.resume())));
    step("reschedule each", count, late, || {
        for entry in &added {
            entry.reschedule(Schedule::every(Duration::from_secs(7200))).expect("there");
        }
    });
    step("remove each", count, late, || added.drain(..).for_each(|entry| entry.remove().expect("there")));
    println!("  {} MB in use at the end, {} before", rss() / 1_000_000, before / 1_000_000);
}

fn step(what: &str, count: u64, late: &Late, act: impl FnOnce()) {
    let take = || {
        let count = late.count.swap(0, Ordering::Relaxed);
        (late.most.swap(0, Ordering::Relaxed), late.sum.swap(0, Ordering::Relaxed) / count.max(1))
    };
    take();
    let began = Instant::now();
    act();
    let took = began.elapsed();
    let (most, mean) = take();
    let each = if count > 0 { format!("{:?}", took / count as u32) } else { String::new() };
    println!("{what:<28} {:>7}ms {each:>10} {mean:>9}us {most:>9}us", took.as_millis());
}

/// Memory of the process in bytes; nothing where there is no `/proc`.
fn rss() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default() * 4096
}
