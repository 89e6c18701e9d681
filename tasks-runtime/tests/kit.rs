//! The test kit, used as an application's tests use it.
#![allow(missing_docs, clippy::needless_pass_by_value, clippy::unwrap_used, reason = "tests")]

use std::{
    future::{Future, IntoFuture},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

use tasks_runtime::{
    Attempt, CancellationToken, Context, Fatal, Input, Outcome, Schedule, SkipReason, State, registration,
    scheduled, task, task_fn,
    testing::{Fault, Kit},
};

/// The message of the panic that this ends in.
async fn panic_of<F: Future>(future: F) -> String {
    let mut future = Box::pin(future);
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(end) => end.map(|_| panic!("it came to its end")),
        Err(panic) => Poll::Ready(*panic.downcast::<String>().unwrap()),
    })
    .await
}

const SECOND: Duration = Duration::from_secs(1);

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

/// What bodies wrote down.
type Clocks = Arc<Mutex<Vec<String>>>;

#[scheduled(every = "20m")]
async fn reads_the_clock(cx: Context, State(clocks): State<Clocks>) {
    let due = cx.scheduled_at().unwrap();
    tokio::time::sleep(Duration::from_secs(90)).await;
    clocks.lock().unwrap().push(due.to_string());
}

#[tokio::test]
async fn advance_goes_through_every_due_moment_in_order_and_starts_each_on_its_instant() {
    let clocks = Clocks::default();
    // The clock of this runtime was not paused, so the kit has to find its ticks.
    tokio::time::sleep(Duration::from_micros(1_300)).await;
    let kit = Kit::tasks([registration!(reads_the_clock)]).state(clocks.clone()).start().await;
    let seen = kit.watch();
    kit.advance(Duration::from_secs(3600)).await;
    let instants = ["2026-01-01T00:20:00Z", "2026-01-01T00:40:00Z", "2026-01-01T01:00:00Z"];
    assert_eq!(seen.due("reads_the_clock"), instants, "{seen:?}");
    assert_eq!(seen.started("reads_the_clock"), instants, "each on time: {seen:?}");
    // The last one was due at the very end: it has begun, and sleeps.
    assert_eq!(*clocks.lock().unwrap(), instants[..2]);
    assert_eq!(kit.handle().running().len(), 1);
    assert_eq!(kit.now().to_string(), "2026-01-01T01:00:00+00:00[UTC]");
    kit.advance(Duration::from_secs(90)).await;
    assert_eq!(clocks.lock().unwrap().len(), 3);
    seen.assert_clean();
    kit.finish().await;
}

#[scheduled(every = "1d")]
async fn daily() {}

#[tokio::test(start_paused = true)]
async fn monotonic_and_wall_clock_move_together_and_only_when_the_test_lets_them() {
    let kit = Kit::tasks([registration!(daily)]).at("2026-02-27T00:00Z").start().await;
    let (mono, wall) = (tokio::time::Instant::now(), kit.now());
    kit.drain().await;
    std::thread::sleep(Duration::from_millis(5));
    assert_eq!((mono.elapsed(), kit.now()), (Duration::ZERO, wall.clone()));
    kit.advance_to("2026-03-02T06:00Z").await;
    assert_eq!(mono.elapsed(), Duration::from_secs(3 * 86_400 + 6 * 3600));
    assert_eq!(wall.duration_until(&kit.now()), jiff::SignedDuration::from_hours(78));
    assert_eq!(kit.handle().tasks()[0].counts.total(), 3);
    kit.finish().await;
}

#[tokio::test]
async fn a_year_of_schedules_plays_at_once() {
    let kit = Kit::tasks([registration!(nightly), registration!(daily)]).start().await;
    kit.advance_to("2027-01-01T00:00Z").await;
    let tasks = kit.handle().tasks();
    let totals: Vec<_> = tasks.iter().map(|task| task.counts.total()).collect();
    assert_eq!(totals, [365, 365]);
    assert!(kit.shutdown().await.is_clean());
}

#[task(start = "manual")]
async fn relays(State(clocks): State<Clocks>) {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        let _ = sender.send("relayed");
    });
    let word = receiver.await.unwrap();
    clocks.lock().unwrap().push(word.to_owned());
}

#[tokio::test]
async fn drain_waits_for_all_that_follows_and_no_time_passes() {
    let clocks = Clocks::default();
    let kit = Kit::tasks([registration!(relays)]).state(clocks.clone()).start().await;
    let began = kit.now();
    kit.handle().trigger("relays").unwrap();
    assert_eq!(kit.handle().running().len(), 1);
    kit.drain().await;
    assert_eq!(*clocks.lock().unwrap(), ["relayed"]);
    assert_eq!(kit.now(), began);
    kit.finish().await;
}

#[task(start = "manual", timeout = "1s")]
fn compresses(State(files): State<Arc<AtomicU32>>) {
    std::thread::sleep(Duration::from_millis(30));
    files.fetch_add(1, SeqCst);
}

#[tokio::test]
async fn time_stands_still_while_a_plain_function_works_and_drain_waits_for_it() {
    let files = Arc::new(AtomicU32::new(0));
    let kit = Kit::tasks([registration!(compresses)]).state(Arc::clone(&files)).start().await;
    let began = kit.now();
    kit.handle().trigger("compresses").unwrap();
    kit.drain().await;
    assert_eq!((files.load(SeqCst), kit.now()), (1, began));
    assert!(kit.handle().running().is_empty());

    kit.handle().trigger("compresses").unwrap();
    kit.advance(SECOND * 60).await;
    assert_eq!(files.load(SeqCst), 2);
    assert_eq!(kit.run_task("compresses").await.outcome, Outcome::Succeeded);
    kit.finish().await;
}

#[task]
fn serves_until_asked(cancel: CancellationToken, State(stop): State<Arc<AtomicBool>>) {
    while !cancel.is_cancelled() && !stop.load(SeqCst) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn a_plain_function_that_does_not_come_back_is_named_instead_of_hanging_the_test() {
    let stop = Arc::new(AtomicBool::new(false));
    let kit = Kit::tasks([registration!(serves_until_asked)])
        .state(Arc::clone(&stop))
        .patience(Duration::from_millis(50));
    let error = panic_of(kit.start()).await;
    stop.store(true, SeqCst);
    assert!(error.contains("`serves_until_asked` (run "), "{error}");
    assert!(error.contains("time stands still (at "), "{error}");
}

#[tokio::test]
async fn a_plain_function_that_listens_ends_with_the_program() {
    let stop = Arc::new(AtomicBool::new(false));
    let kit = Kit::tasks([registration!(serves_until_asked)]).state(Arc::clone(&stop));
    let kit = kit.inject("serves_until_asked", 1, Fault::take(SECOND)).start().await;
    kit.advance(SECOND / 2).await;
    assert!(kit.shutdown().await.is_clean(), "it is asked to stop before its body begins");
}

#[task(start = "manual", retry(max = 3, delay = "1s", jitter = "off"), timeout = "10s")]
async fn sends(State(sent): State<Arc<AtomicU32>>) -> Result<u32, std::io::Error> {
    Ok(sent.fetch_add(1, SeqCst))
}

#[tokio::test]
async fn faults_come_one_after_another_and_the_engine_treats_them_as_real() {
    let sent = Arc::new(AtomicU32::new(0));
    let kit = Kit::tasks([registration!(sends)]).state(Arc::clone(&sent)).start().await;
    kit.inject("sends", 1, Fault::fail("smtp is down"));
    kit.inject("sends", 1, Fault::hang());
    kit.inject("sends", 1, Fault::take(SECOND * 4));
    let seen = kit.watch();
    let result = kit.run_task("sends").await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Succeeded, 3));
    // A failure at once, 1 s, the limit of 10 s, 2 s, and 4 s until the body.
    assert_eq!(result.duration, SECOND * 17);
    assert_eq!(sent.load(SeqCst), 1);
    let shown = format!("{seen:?}");
    assert!(
        shown.contains("attempt_failed sends run") && shown.contains("attempt 1: smtp is down"),
        "{shown}"
    );

    kit.inject("sends", 1, Fault::fail_with(|| Fatal::new("no such mailbox")));
    let result = kit.run_task("sends").await;
    assert_eq!((result.outcome, result.attempts), (Outcome::Failed, 1));
    assert_eq!(result.error.as_deref(), Some("no such mailbox"));

    kit.inject_always("sends", Fault::fail("still down"));
    assert_eq!(kit.run_task("sends").await.attempts, 4);
    kit.heal("sends");
    assert_eq!(kit.run_task("sends").await.outcome, Outcome::Succeeded);
    kit.finish().await;
}

#[tokio::test]
async fn an_injected_panic_is_the_outcome_of_its_run_alone() {
    let kit =
        Kit::of(tasks_runtime::builder().quiet_panics().without_discovery().register(registration!(sends)));
    let kit = kit.state(Arc::new(AtomicU32::new(0))).inject("Sends", 1, Fault::panic("boom")).start().await;
    let result = kit.run_task("sends").await;
    assert_eq!(result.outcome, Outcome::Panicked);
    assert!(result.error.unwrap().starts_with("boom"));
    assert_eq!(kit.run_task("sends").await.outcome, Outcome::Succeeded);
    kit.finish().await;
}

#[scheduled(every = "1s")]
async fn overruns() {
    tokio::time::sleep(Duration::from_millis(2_500)).await;
}

#[tokio::test]
async fn what_is_seen_is_what_happened_inside_the_block() {
    let kit = Kit::tasks([registration!(overruns)]).start().await;
    kit.advance(SECOND * 4).await;
    let seen = kit.during(async |kit| kit.advance(SECOND * 3).await).await;
    kit.advance(SECOND * 60).await;
    assert_eq!(seen.outcomes("overruns"), [Outcome::Succeeded]);
    assert_eq!(seen.due("overruns"), ["2026-01-01T00:00:07Z"]);
    let skips = seen.skips("overruns");
    assert_eq!(
        skips.iter().map(|skip| (skip.reason, skip.count)).collect::<Vec<_>>(),
        [(SkipReason::Overlap, 1); 2]
    );
    let error = catch_unwind(AssertUnwindSafe(|| seen.assert_clean())).unwrap_err();
    let error = error.downcast::<String>().unwrap();
    assert!(
        error.starts_with("not all went well:\n2026-01-01T00:00:05Z firing_skipped overruns, 1 as overlap\n"),
        "{error}"
    );
    kit.finish().await;
}

#[tokio::test]
async fn a_misspelled_name_proves_nothing() {
    let kit = Kit::tasks([registration!(nightly)]).start().await;
    let seen = kit.watch();
    let error = catch_unwind(AssertUnwindSafe(|| seen.runs("nightli"))).unwrap_err();
    assert!(error.downcast::<String>().unwrap().contains("did you mean `nightly`?"));
    let error = catch_unwind(AssertUnwindSafe(|| kit.inject("nightli", 1, Fault::hang())));
    assert!(error.unwrap_err().downcast::<String>().unwrap().contains("did you mean `nightly`?"));
    kit.finish().await;
}

#[scheduled(every = "1m", jitter = "30s")]
async fn jittered() {}

async fn starts_of_jittered(seed: u64) -> Vec<String> {
    let kit = Kit::tasks([registration!(jittered)]).seed(seed).start().await;
    let seen = kit.during(async |kit| kit.advance(SECOND * 600).await).await;
    kit.finish().await;
    seen.started("jittered")
}

#[tokio::test]
async fn jitter_is_the_same_each_time_for_one_seed() {
    let first = starts_of_jittered(42).await;
    assert_eq!(first, starts_of_jittered(42).await);
    assert_ne!(first, starts_of_jittered(43).await);
}

#[task]
async fn boots(State(sent): State<Arc<AtomicU32>>) {
    sent.fetch_add(1, SeqCst);
}

#[task(start = "manual", enabled = false)]
async fn disabled(State(sent): State<Arc<AtomicU32>>) {
    sent.fetch_add(100, SeqCst);
}

#[tokio::test]
async fn on_demand_runs_only_what_the_test_asks_for() {
    let sent = Arc::new(AtomicU32::new(0));
    let tasks = [registration!(boots), registration!(disabled), registration!(overruns)];
    let kit = Kit::tasks(tasks).state(Arc::clone(&sent)).on_demand().start().await;
    kit.advance(SECOND * 10).await;
    assert_eq!(sent.load(SeqCst), 0);
    assert_eq!(kit.run_task("disabled").await.outcome, Outcome::Succeeded);
    assert_eq!(sent.load(SeqCst), 100);
    assert_eq!(kit.handle().results().len(), 1);
    kit.finish().await;
}

#[task(on_shutdown = "cancel")]
async fn polite(cancel: CancellationToken) {
    cancel.cancelled().await;
    tokio::time::sleep(SECOND).await;
}

#[task]
async fn deaf() {
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_shutdown_can_be_watched_step_by_step() {
    let kit = Kit::tasks([registration!(polite), registration!(deaf)]).start().await;
    let seen = kit.watch();
    kit.terminate();
    kit.advance(SECOND / 2).await;
    assert_eq!(kit.handle().running().len(), 2);
    kit.advance(SECOND).await;
    assert_eq!(seen.outcomes("polite"), [Outcome::Succeeded]);
    let report = kit.shutdown().await;
    assert_eq!(report.exit_code(), 124, "the deaf one had to be cut");
    assert_eq!(report.cut().iter().map(|cut| &*cut.task).collect::<Vec<_>>(), ["deaf"]);
    assert_eq!(seen.outcomes("deaf"), [Outcome::Interrupted]);
}

#[tokio::test]
async fn set_up_and_teardown_run_and_the_clock_goes_on_afterwards() {
    let sent = Arc::new(AtomicU32::new(0));
    let given = Arc::clone(&sent);
    let builder = tasks_runtime::builder()
        .without_discovery()
        .register(registration!(boots))
        .setup(async move |tasks| Ok(tasks.state(given)))
        .teardown(async |report| {
            tokio::time::sleep(SECOND).await;
            report.state::<Arc<AtomicU32>>().unwrap().fetch_add(10, SeqCst);
        });
    let kit = Kit::of(builder).start().await;
    assert_eq!(sent.load(SeqCst), 1);
    assert!(kit.shutdown().await.is_clean());
    assert_eq!(sent.load(SeqCst), 11);
    let real = std::time::Instant::now();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(real.elapsed() >= Duration::from_millis(20));
}

#[task(essential = true)]
async fn essential() -> Result<(), &'static str> {
    Err("no port is free")
}

#[tokio::test]
async fn a_program_that_ends_by_itself_is_waited_for_or_run_whole() {
    let kit = Kit::tasks([registration!(essential)]).start().await;
    kit.stopped().await;
    assert_eq!(kit.shutdown().await.exit_code(), 1);
    let report = Kit::tasks([registration!(essential)]).run().await.unwrap();
    assert_eq!(report.exit_code(), 1);
}

#[tokio::test]
async fn a_program_that_cannot_start_says_why_and_where() {
    let error = Kit::tasks([registration!(boots)]).try_start().await.unwrap_err();
    assert!(error.is_configuration());
    let error = panic_of(Kit::tasks([registration!(boots)]).start()).await;
    assert!(error.contains("did not start (at "), "{error}");
}

#[tokio::test]
async fn a_fault_that_never_came_is_told_at_the_end() {
    let kit = Kit::tasks([registration!(nightly)]).start().await;
    kit.inject("nightly", 2, Fault::fail("the disk is full"));
    let error = panic_of(kit.finish()).await;
    assert!(error.contains("\n- 2 attempts of `nightly` that were to fail never came"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_whose_clock_cannot_be_paused_is_refused() {
    let error = panic_of(Kit::tasks([registration!(nightly)]).start()).await;
    assert!(error.contains("write `#[tokio::test]` without `flavor`"), "{error}");
}

#[tokio::test]
async fn the_clock_does_not_go_back() {
    let kit = Kit::tasks([registration!(nightly)]).at("2026-03-28T12:00[Europe/Madrid]").start().await;
    let back = catch_unwind(AssertUnwindSafe(|| drop(kit.advance_to("2026-03-28T11:00")))).unwrap_err();
    let expected =
        "the clock cannot go back to 2026-03-28T11:00:00+01:00: it shows 2026-03-28T12:00:00+01:00";
    assert_eq!(*back.downcast::<String>().unwrap(), expected);
    kit.finish().await;
}

#[tokio::test]
async fn hooks_are_around_an_injected_fault_too() {
    let failures = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&failures);
    let builder = tasks_runtime::builder().without_discovery().register(registration!(sends)).around(
        move |_, attempt: Attempt| {
            let counted = Arc::clone(&counted);
            async move {
                let attempted = attempt.await;
                counted.fetch_add(u32::from(!attempted.is_ok()), SeqCst);
                attempted
            }
        },
    );
    let kit = Kit::of(builder).state(Arc::new(AtomicU32::new(0))).start().await;
    kit.inject("sends", 2, Fault::fail("smtp is down"));
    assert_eq!(kit.run_task("sends").await.attempts, 3);
    assert_eq!(failures.load(SeqCst), 2);
    kit.finish().await;
}

#[task]
async fn files(Input(name): Input<String>, State(names): State<Clocks>) {
    names.lock().unwrap().push(name);
}

#[tokio::test]
async fn a_task_is_run_once_with_a_given_state_and_input() {
    let names = Clocks::default();
    let kit = Kit::tasks([registration!(files)]).state(names.clone()).start().await;
    assert_eq!(kit.run_task("files").input("letter".to_owned()).await.outcome, Outcome::Succeeded);
    assert_eq!(*names.lock().unwrap(), ["letter"]);
    let error = panic_of(kit.run_task("files").into_future()).await;
    assert!(error.contains("takes an input of type `alloc::string::String`: add `.input(…)`"), "{error}");
    let error = panic_of(kit.run_task("files").input("letter").into_future()).await;
    assert!(error.ends_with("`alloc::string::String`, and was given a `&str`"), "{error}");
    kit.finish().await;
}

#[tokio::test]
async fn work_that_was_added_to_the_program_is_seen_and_accounted_for_as_any_other() {
    let kit = Kit::tasks([registration!(nightly)]).start().await;
    let seen = kit.watch();
    let added = task_fn("import_acme", |_| async { tokio::time::sleep(SECOND).await });
    drop(kit.handle().spawn_task(added).unwrap());
    kit.advance(SECOND * 2).await;
    assert_eq!(seen.outcomes("import_acme"), [Outcome::Succeeded]);
    kit.finish().await;
}

#[task(start = "manual")]
async fn delegates(cx: Context) {
    let sum = cx.blocking(|| {
        std::thread::sleep(Duration::from_millis(20));
        21
    });
    assert_eq!(sum.await + 21, 42);
    tokio::time::sleep(SECOND).await;
}

#[tokio::test]
async fn drain_waits_for_the_blocking_part_of_an_async_body_and_not_for_its_sleep() {
    let kit = Kit::tasks([registration!(delegates)]).start().await;
    kit.handle().trigger("delegates").unwrap();
    let began = kit.now();
    kit.drain().await;
    assert_eq!((kit.now(), kit.handle().running().len()), (began, 1));
    kit.advance(SECOND).await;
    assert!(kit.handle().running().is_empty());
    kit.finish().await;
}

#[tokio::test]
async fn of_very_many_that_are_due_at_one_instant_each_runs_once_and_on_time() {
    let kit = Kit::tasks([registration!(nightly)]).start().await;
    for number in 0..400 {
        // Some end where they began, and some later.
        let task = task_fn(format!("t{number:04}"), move |_| async move {
            if number % 2 == 0 {
                tokio::time::sleep(SECOND).await;
            }
        });
        kit.handle().schedule(task, Schedule::every(10 * SECOND)).unwrap();
    }
    let seen = kit.during(async |kit| kit.advance(12 * SECOND).await).await;
    for number in 0..400 {
        let task = format!("t{number:04}");
        let runs = seen.runs(&task);
        assert_eq!(seen.outcomes(&task), [Outcome::Succeeded], "{task}");
        assert_eq!(runs[0].started_at, runs[0].scheduled_at, "{task}");
    }
    kit.finish().await;
}
