//! Many runs at once: whatever one of them does, the others are served.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use tasks_runtime::{
    Builder, Context, Event, EventKind, Handle, Outcome, Schedule, State, registration, task, task_fn,
};
use tokio::runtime::Runtime;

/// More than are given to Tokio one by one.
const MANY: u64 = 2_000;

/// What a test and its runs share.
#[derive(Clone, Default)]
struct Shared(Arc<Inner>);

#[derive(Default)]
struct Inner {
    done: AtomicU64,
    begun: AtomicU64,
    blocked: AtomicU64,
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Shared {
    fn done(&self) -> u64 {
        self.0.done.load(Ordering::SeqCst)
    }

    fn is_done(&self) {
        self.0.done.fetch_add(1, Ordering::SeqCst);
    }

    /// Holds the thread until the test opens the gate.
    fn block(&self) {
        self.0.blocked.fetch_add(1, Ordering::SeqCst);
        let mut is_open = self.0.is_open.lock().unwrap();
        while !*is_open {
            is_open = self.0.opened.wait(is_open).unwrap();
        }
    }

    fn open(&self) {
        *self.0.is_open.lock().unwrap() = true;
        self.0.opened.notify_all();
    }

    /// Waits, on the thread of the test, which is no worker.
    fn wait_for(&self, done: u64, what: &str) {
        let patience = Instant::now() + Duration::from_secs(30);
        while self.done() < done {
            if Instant::now() > patience {
                // Else the test would hang where it is to fail.
                self.open();
                panic!("{what}: {} of {done} were served", self.done());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[task(start = "manual")]
async fn quick(State(shared): State<Shared>) {
    shared.is_done();
}

#[task(start = "manual")]
async fn waits(State(shared): State<Shared>) {
    tokio::time::sleep(Duration::from_millis(20)).await;
    shared.is_done();
}

#[task(start = "manual")]
async fn begins_and_waits(cx: Context, State(shared): State<Shared>) {
    shared.0.begun.fetch_add(1, Ordering::SeqCst);
    cx.cancelled().await;
}

#[task(start = "manual", timeout = "50ms")]
async fn outlasts_its_limit() {
    std::future::pending::<()>().await;
}

#[task(start = "manual", overlap = "skip")]
async fn single() {}

#[task(start = "manual")]
async fn starts_single(State(shared): State<Shared>, handle: Handle) {
    if handle.spawn(single, ()).is_ok() {
        shared.is_done();
    }
}

#[task(start = "manual")]
async fn blocks(State(shared): State<Shared>) {
    shared.block();
}

#[task(start = "manual")]
async fn blocks_in_place(State(shared): State<Shared>) {
    tokio::task::block_in_place(|| shared.block());
}

#[task(start = "manual")]
async fn panics() {
    panic!("of many");
}

/// Starts a batch, and then holds its own thread.
#[task(start = "manual")]
async fn starts_many(State(shared): State<Shared>, handle: Handle) {
    for _ in 0..MANY {
        drop(handle.spawn(quick, ()).unwrap());
    }
    shared.block();
}

/// Starts all of them in one poll, with `odd` in their midst.
#[task(start = "manual")]
async fn starts_mixed(handle: Handle, State(odd): State<&'static str>) {
    for number in 0..MANY {
        drop(handle.spawn(quick, ()).unwrap());
        if number == MANY / 2 {
            if odd == "blocks" {
                // It is polled just before the one that blocks.
                drop(handle.spawn(waits, ()).unwrap());
            }
            handle.trigger(odd).unwrap();
        }
    }
}

/// Starts all of them in one poll, and one that blocks as the last.
#[task(start = "manual")]
async fn starts_many_and_one(handle: Handle) {
    for _ in 0..MANY {
        drop(handle.spawn(quick, ()).unwrap());
    }
    drop(handle.spawn(blocks, ()).unwrap());
}

fn builder(shared: &Shared) -> Builder {
    tasks_runtime::builder()
        .without_discovery()
        .register(registration!(quick))
        .register(registration!(waits))
        .register(registration!(blocks))
        .register(registration!(blocks_in_place))
        .register(registration!(panics))
        .register(registration!(starts_many))
        .state(shared.clone())
}

fn workers(count: usize) -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(count).enable_all().build().unwrap()
}

fn mixed(runtime: &Runtime, shared: &Shared, odd: &'static str) -> Handle {
    let builder = builder(shared).register(registration!(starts_mixed)).state(odd);
    let handle = runtime.block_on(builder.start()).unwrap();
    handle.trigger("starts_mixed").unwrap();
    handle
}

fn end(runtime: Runtime, handle: &Handle) {
    let report = runtime.block_on(handle.shutdown(Duration::from_secs(5)));
    assert!(report.is_clean(), "{report:?}");
    runtime.shutdown_timeout(Duration::from_secs(5));
}

#[test]
fn a_body_that_holds_its_thread_holds_up_no_other_of_its_batch() {
    for odd in ["blocks", "blocks_in_place"] {
        let (runtime, shared) = (workers(2), Shared::default());
        let handle = mixed(&runtime, &shared, odd);
        let others = if odd == "blocks" { MANY + 1 } else { MANY };
        shared.wait_for(others, odd);
        assert_eq!(shared.0.blocked.load(Ordering::SeqCst), 1, "it still holds its thread");
        shared.open();
        end(runtime, &handle);
    }
}

#[test]
fn ends_are_told_while_one_of_the_batch_holds_its_thread() {
    for (starts, others) in [("starts_mixed", MANY + 2), ("starts_many_and_one", MANY + 1)] {
        let (shared, ended) = (Shared::default(), Shared::default());
        let runtime = workers(2);
        let seen = ended.clone();
        // Nobody asks the program anything meanwhile, which would tell it, too.
        let builder = builder(&shared)
            .register(registration!(starts_mixed))
            .register(registration!(starts_many_and_one))
            .state("blocks")
            .observe(move |event: &Event| {
                if matches!(event.kind, EventKind::RunEnded { .. }) {
                    seen.is_done();
                }
            });
        let handle = runtime.block_on(builder.start()).unwrap();
        handle.trigger(starts).unwrap();
        ended.wait_for(others, starts);
        assert_eq!(ended.done(), others, "{starts}: but for the one that blocks");
        shared.open();
        end(runtime, &handle);
    }
}

#[test]
fn whoever_starts_a_run_that_may_not_overlap_knows_of_every_end_before() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let shared = Shared::default();
    let builder = builder(&shared).register(registration!(single)).register(registration!(starts_single));
    let handle = runtime.block_on(builder.start()).unwrap();
    let starter = handle.clone();
    let batch = runtime.spawn(async move {
        for number in 0..MANY {
            // The end of the one may still wait to be told when the other is polled.
            match number {
                1000 => drop(starter.spawn(single, ()).unwrap()),
                1001 => drop(starter.spawn(starts_single, ()).unwrap()),
                _ => drop(starter.spawn(quick, ()).unwrap()),
            }
        }
    });
    runtime.block_on(batch).unwrap();
    let patience = Instant::now() + Duration::from_secs(30);
    while !handle.running().is_empty() {
        assert!(Instant::now() < patience, "{:?}", handle.running());
        runtime.block_on(tokio::task::yield_now());
    }
    assert_eq!(shared.done(), MANY - 2 + 1, "the first run of `single` was over");
    end(runtime, &handle);
}

#[test]
fn ends_are_told_before_the_batch_has_come_to_its_end() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (shared, ended) = (Shared::default(), Shared::default());
    let (begun, seen) = (shared.clone(), ended);
    // How many others had begun when the last of those that end at once was told.
    let others = Arc::new(AtomicU64::new(u64::MAX));
    let last = Arc::clone(&others);
    let builder = builder(&shared).register(registration!(begins_and_waits)).observe(move |event: &Event| {
        if matches!(event.kind, EventKind::RunEnded { .. }) {
            seen.is_done();
            if seen.done() == 100 {
                last.store(begun.0.begun.load(Ordering::SeqCst), Ordering::SeqCst);
            }
        }
    });
    let handle = runtime.block_on(builder.start()).unwrap();
    let starter = handle.clone();
    let batch = runtime.spawn(async move {
        for _ in 0..100 {
            drop(starter.spawn(quick, ()).unwrap());
        }
        for _ in 0..MANY {
            drop(starter.spawn(begins_and_waits, ()).unwrap());
        }
    });
    runtime.block_on(batch).unwrap();
    // Nobody asks the program anything meanwhile.
    let patience = Instant::now() + Duration::from_secs(30);
    while shared.0.begun.load(Ordering::SeqCst) < MANY {
        assert!(Instant::now() < patience, "not all have begun");
        runtime.block_on(tokio::task::yield_now());
    }
    let others = others.load(Ordering::SeqCst);
    assert!(others < 100, "{others} had begun");
    end(runtime, &handle);
}

#[test]
fn a_batch_that_waits_is_stopped_at_its_limit() {
    let (shared, ended) = (Shared::default(), Shared::default());
    let runtime = workers(2);
    let seen = ended.clone();
    // Nobody asks the program anything meanwhile.
    let builder =
        builder(&shared).register(registration!(outlasts_its_limit)).observe(move |event: &Event| {
            if matches!(&event.kind, EventKind::RunEnded { result, .. } if result.outcome == Outcome::TimedOut) {
                seen.is_done();
            }
        });
    let handle = runtime.block_on(builder.start()).unwrap();
    let starter = handle.clone();
    let batch = runtime.spawn(async move {
        for _ in 0..MANY {
            drop(starter.spawn(outlasts_its_limit, ()).unwrap());
        }
    });
    runtime.block_on(batch).unwrap();
    ended.wait_for(MANY, "they have a limit");
    end(runtime, &handle);
}

#[test]
fn a_body_that_lends_out_the_only_worker_holds_up_no_other_of_its_batch() {
    let (runtime, shared) = (workers(1), Shared::default());
    let handle = mixed(&runtime, &shared, "blocks_in_place");
    shared.wait_for(MANY, "the only worker was lent out");
    shared.open();
    end(runtime, &handle);
}

#[test]
fn two_bodies_that_block_in_place_on_two_workers_hold_up_no_other() {
    let (runtime, shared) = (workers(2), Shared::default());
    let handle = runtime.block_on(builder(&shared).start()).unwrap();
    for number in 0..MANY {
        drop(handle.spawn(quick, ()).unwrap());
        if number == 100 || number == 200 {
            drop(handle.spawn(blocks_in_place, ()).unwrap());
        }
    }
    shared.wait_for(MANY, "both workers were lent out");
    shared.open();
    end(runtime, &handle);
}

#[test]
fn whoever_starts_a_batch_and_holds_its_thread_does_not_hold_up_the_batch() {
    let (runtime, shared) = (workers(2), Shared::default());
    let handle = runtime.block_on(builder(&shared).start()).unwrap();
    handle.trigger("starts_many").unwrap();
    // What a worker spawned last it keeps to itself, and that may be a run.
    shared.wait_for(MANY - 1, "the task that started them holds its thread");
    shared.open();
    end(runtime, &handle);
}

#[test]
fn each_of_a_herd_has_a_result_of_its_own_panics_too() {
    let (runtime, shared) = (workers(2), Shared::default());
    let handle = mixed(&runtime, &shared, "panics");
    shared.wait_for(MANY, "one of them panicked");
    let counts = |name: &str| handle.tasks().into_iter().find(|task| &*task.name == name).unwrap().counts;
    let patience = Instant::now() + Duration::from_secs(30);
    while !handle.running().is_empty() {
        assert!(Instant::now() < patience, "{:?}", handle.running());
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(counts("quick").runs(Outcome::Succeeded), MANY);
    assert_eq!(counts("panics").runs(Outcome::Panicked), 1);
    end(runtime, &handle);
}

/// A value that counts when it is dropped, and panics then if it is told to.
struct Dropped {
    shared: Shared,
    panics: bool,
}

impl Drop for Dropped {
    fn drop(&mut self) {
        self.shared.is_done();
        assert!(!self.panics, "dropped");
    }
}

#[test]
fn what_a_closure_drops_at_the_end_of_its_run_costs_no_other_run_of_the_batch() {
    let (runtime, shared) = (workers(1), Shared::default());
    let handle = runtime.block_on(builder(&shared).start()).unwrap();
    let starter = handle.clone();
    let seen = shared.clone();
    runtime
        .block_on(runtime.spawn(async move {
            for number in 0..MANY {
                let value = Dropped { shared: seen.clone(), panics: number % 200 == 100 };
                let task = task_fn(format!("drops-{number}"), move |_| {
                    let _value = &value;
                    async {}
                });
                drop(starter.spawn_task(task).unwrap());
                drop(starter.spawn(quick, ()).unwrap());
            }
        }))
        .unwrap();
    shared.wait_for(2 * MANY, "some panicked in their last `Drop`");
    end(runtime, &handle);
}

#[test]
fn a_batch_is_served_on_one_thread_too_and_others_have_their_turns_meanwhile() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let shared = Shared::default();
    let handle = runtime.block_on(builder(&shared).start()).unwrap();
    let (seen, starter) = (shared, handle.clone());
    let turns = runtime.block_on(runtime.spawn(async move {
        for _ in 0..MANY {
            drop(starter.spawn(quick, ()).unwrap());
        }
        let mut turns = 0;
        while seen.done() < MANY {
            // Tokio's own `yield_now` gives way to dozens of polls.
            let mut gave_way = false;
            std::future::poll_fn(|cx| {
                cx.waker().wake_by_ref();
                if std::mem::replace(&mut gave_way, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            turns += 1;
        }
        turns
    }));
    let turns = turns.unwrap();
    assert!(turns > 10, "{MANY} runs were polled in {turns} turns");
    end(runtime, &handle);
}

#[test]
fn what_waits_for_its_first_poll_ends_with_the_tokio_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let shared = Shared::default();
    let handle = runtime.block_on(builder(&shared).start()).unwrap();
    for _ in 0..MANY {
        drop(handle.spawn(quick, ()).unwrap());
    }
    drop(runtime);
    assert_eq!(shared.done(), 0);
    assert!(handle.running().is_empty(), "{:?}", handle.running());
    let counts = handle.tasks().into_iter().find(|task| &*task.name == "quick").unwrap().counts;
    assert_eq!(counts.runs(Outcome::Interrupted), MANY);
}

#[test]
fn a_herd_of_schedules_fires_while_one_of_them_holds_its_thread() {
    let (runtime, shared) = (workers(2), Shared::default());
    let handle = runtime.block_on(builder(&shared).start()).unwrap();
    for number in 0..MANY {
        let seen = shared.clone();
        let task = task_fn(format!("herd-{number}"), move |_: Context| {
            let seen = seen.clone();
            async move {
                match number {
                    700 => seen.block(),
                    _ => seen.is_done(),
                }
            }
        });
        let schedule = Schedule::every(Duration::from_secs(3600)).initial_delay(Duration::from_millis(300));
        handle.schedule(task, schedule).unwrap();
    }
    shared.wait_for(MANY - 1, "one of the herd holds its thread");
    shared.open();
    end(runtime, &handle);
}
