//! Work that is unknown when the program is compiled.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tasks_runtime::{
    BodyKind, Context, Definition, Handle, Location, Needs, Outcome, Schedule, SkipReason, State, Task,
    TaskFuture, Trigger,
    policy::{Options, Overlap},
    registration, scheduled, task, task_fn,
};

use crate::support::{Notes, OnDrop, outcomes_of, pass, program, start};

#[scheduled(every = "1h")]
async fn declared() {}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A task that notes its own name.
fn noting(notes: &Notes, name: &str) -> impl tasks_runtime::IntoTask<Return = ()> + use<> {
    let notes = notes.clone();
    task_fn(name, move |cx| {
        let notes = notes.clone();
        async move { notes.note(cx.task()) }
    })
}

fn names(handle: &Handle) -> Vec<String> {
    handle.tasks().iter().map(|task| task.name.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_closure_runs_as_any_other_task_and_gives_its_own_value() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    let attempts = Arc::new(AtomicU32::new(0));
    let import = {
        let attempts = Arc::clone(&attempts);
        task_fn("import-acme", move |cx| {
            let attempts = Arc::clone(&attempts);
            async move {
                tokio::time::sleep(seconds(1)).await;
                match attempts.fetch_add(1, Ordering::Relaxed) {
                    0 => anyhow::bail!("not yet"),
                    _ => Ok((cx.run(), cx.trigger(), cx.attempt())),
                }
            }
        })
    };
    let run = handle.spawn_task(import.retry(3).description("Imports.")).unwrap();
    let id = run.run();
    pass(500).await;
    let info = handle.tasks().into_iter().find(|task| &*task.name == "import-acme").unwrap();
    assert_eq!((&*info.description, info.added, info.running), ("Imports.", true, 1));
    assert_eq!(run.await.unwrap(), (id, Trigger::Spawn, 2));
    assert_eq!(names(&handle), ["declared"], "nothing of it is left but the result");
    assert_eq!(outcomes_of(&handle, "import-acme"), [Outcome::Succeeded]);
}

#[tokio::test(start_paused = true)]
async fn limits_errors_and_cancel_hold_for_it() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    let slow = |name: &str| task_fn(name, |_| tokio::time::sleep(seconds(60)));
    let timed_out = handle.spawn_task(slow("a").timeout(seconds(1)).grace(seconds(1))).unwrap();
    assert_eq!(timed_out.await.unwrap_err().outcome(), Outcome::TimedOut);
    let cancelled = handle.spawn_task(slow("b").grace(Duration::ZERO)).unwrap();
    pass(10).await;
    assert!(handle.cancel(cancelled.run()));
    assert_eq!(cancelled.await.unwrap_err().outcome(), Outcome::Cancelled);
    let failed = handle.spawn_task(task_fn("c", |_| async { Err::<(), _>("no space") })).unwrap();
    let error = failed.await.unwrap_err();
    assert!(error.to_string().ends_with("of task `c` ended as failed: no space"), "{error}");
    let panicked =
        handle.spawn_task(task_fn("d", |cx| async move { assert_eq!(cx.attempt(), 2, "boom") })).unwrap();
    assert_eq!(panicked.await.unwrap_err().outcome(), Outcome::Panicked);
    assert_eq!(names(&handle), ["declared"]);
}

struct ByHand {
    name: &'static str,
    options: Options<'static>,
    needs: fn(&mut Needs),
    notes: Notes,
}

impl ByHand {
    fn new(notes: &Notes) -> Self {
        Self { name: "by_hand", options: Options::NONE, needs: |_| (), notes: notes.clone() }
    }
}

impl Task for ByHand {
    fn definition(&self) -> Definition<'_> {
        Definition {
            name: self.name,
            description: "",
            location: Location { file: "by_hand.rs", line: 7, module_path: "app" },
            body: BodyKind::Async,
            scheduled: self.options.schedule.is_some(),
            options: self.options,
        }
    }

    fn run(&self, _: Context) -> TaskFuture {
        let notes = self.notes.clone();
        Box::pin(async move {
            notes.note("by_hand");
            Ok(())
        })
    }

    fn needs(&self, needs: &mut Needs) {
        (self.needs)(needs);
    }
}

#[tokio::test(start_paused = true)]
async fn anything_that_implements_task_can_be_added() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    handle.spawn_task(ByHand::new(&notes)).unwrap().await.unwrap();
    handle.schedule(ByHand::new(&notes), Schedule::every(seconds(10))).unwrap();
    pass(25_000).await;
    assert_eq!(notes.millis_of("by_hand"), [0, 10_000, 20_000]);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_is_added_changed_paused_and_removed_while_the_program_runs() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    pass(500).await;
    let schedule = handle.schedule(noting(&notes, "poll-acme"), Schedule::every(seconds(1))).unwrap();
    pass(2_500).await;
    assert_eq!(notes.millis_of("poll-acme"), [1500, 2500]);
    assert_eq!(names(&handle), ["declared", "poll-acme"]);
    let info = handle.tasks()[1].clone();
    assert_eq!((info.schedule.as_deref(), info.added), (Some("every 1s"), true));
    schedule.pause("", seconds(2)).unwrap();
    assert!(handle.tasks()[1].paused.is_some());
    pass(3_000).await;
    assert_eq!(notes.millis_of("poll-acme")[2..], [5500]);
    schedule.reschedule(Schedule::every(seconds(10))).unwrap();
    pass(20_500).await;
    assert_eq!(notes.millis_of("poll-acme")[3..], [16_000, 26_000]);
    schedule.remove().unwrap();
    assert_eq!(names(&handle), ["declared"]);
    pass(60_000).await;
    assert_eq!(notes.count("poll-acme"), 5);
    let gone = schedule.pause("", None).unwrap_err();
    assert!(gone.is_unknown());
    assert_eq!(gone.to_string(), "task `poll-acme` is not there any more: it was removed or is over");
}

#[tokio::test(start_paused = true)]
async fn the_handle_of_a_schedule_that_left_does_not_touch_its_successor() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    let first = handle.schedule(noting(&notes, "poll"), Schedule::every(seconds(1))).unwrap();
    handle.remove("poll").unwrap();
    let second = handle.schedule(noting(&notes, "poll"), Schedule::every(seconds(1))).unwrap();
    assert!(first.remove().unwrap_err().is_unknown());
    assert!(first.reschedule(Schedule::off()).unwrap_err().is_unknown());
    assert!(first.resume().unwrap_err().is_unknown());
    pass(1_500).await;
    assert_eq!(notes.count("poll"), 1);
    drop(second);
    pass(1_000).await;
    assert_eq!(notes.count("poll"), 2, "dropping a handle ends nothing");
}

#[tokio::test(start_paused = true)]
async fn a_name_is_taken_until_the_last_run_has_ended() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    let long = || task_fn("long", |_| tokio::time::sleep(seconds(5)));
    let schedule = handle.schedule(long(), Schedule::every(seconds(1))).unwrap();
    let error = handle.spawn_task(task_fn("LONG", |_| async {})).unwrap_err();
    assert!(error.is_taken());
    assert_eq!(error.to_string(), "task `LONG` was not added: there is a task `long`");
    assert_eq!(error.into_task().name(), "LONG", "the task comes back");
    assert!(handle.spawn_task(task_fn("declared", |_| async {})).unwrap_err().is_taken());
    pass(1_500).await;
    schedule.remove().unwrap();
    assert_eq!(names(&handle), ["declared", "long"], "its run goes on");
    assert!(handle.trigger("long").unwrap_err().is_disabled());
    let error = handle.spawn_task(long()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "task `long` was not added: `long` was removed, but a run of it still lives"
    );
    pass(5_000).await;
    assert_eq!(outcomes_of(&handle, "long"), [Outcome::Succeeded]);
    handle.spawn_task(long()).unwrap().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_is_over_leaves_by_itself() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    let at = |second: u32| Schedule::at(format!("2026-01-01T00:00:{second:02}Z").parse().unwrap());
    handle.schedule(noting(&notes, "remind-1"), at(5)).unwrap();
    handle.schedule(noting(&notes, "remind-2"), at(10)).unwrap().pause("", None).unwrap();
    pass(7_000).await;
    assert_eq!(names(&handle), ["declared", "remind-2"]);
    pass(7_000).await;
    assert_eq!(names(&handle), ["declared"]);
    assert_eq!((notes.count("remind-1"), notes.count("remind-2")), (1, 0));
    // Two minutes late: skipped, and gone at once. What is switched off stays.
    pass(120_000).await;
    handle.schedule(noting(&notes, "remind-3"), at(10)).unwrap();
    let poll = handle.schedule(noting(&notes, "poll"), Schedule::every(seconds(1))).unwrap();
    poll.reschedule(Schedule::off()).unwrap();
    pass(5_000).await;
    assert_eq!(names(&handle), ["declared", "poll"]);
    assert_eq!(notes.count("poll"), 0);
}

#[tokio::test(start_paused = true)]
async fn overlap_pools_and_results_hold_for_it() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(declared)]).pool("mail", 1).start().await.unwrap();
    let slow = |name: &str| task_fn(name, |_| tokio::time::sleep(Duration::from_millis(1500)));
    handle.schedule(slow("skips"), Schedule::every(seconds(1))).unwrap();
    handle.schedule(slow("allows").overlap(Overlap::Allow), Schedule::every(seconds(1))).unwrap();
    pass(6_200).await;
    let tasks = handle.tasks();
    let of = |name: &str| tasks.iter().find(|task| &*task.name == name).unwrap();
    assert_eq!(of("skips").counts.skips(SkipReason::Overlap), 3);
    assert_eq!((of("skips").running, of("allows").running), (1, 2));
    handle.remove("skips").unwrap();
    handle.remove("allows").unwrap();
    let first = handle.spawn_task(slow("mail-1").pool("mail")).unwrap();
    let second = handle.spawn_task(slow("mail-2").pool("mail")).unwrap();
    pass(1_000).await;
    assert_eq!(
        handle.running().iter().filter(|run| run.phase == tasks_runtime::RunPhase::Waiting).count(),
        1
    );
    first.await.unwrap();
    second.await.unwrap();
    assert_eq!(outcomes_of(&handle, "mail-2"), [Outcome::Succeeded]);
}

#[task(start = "manual")]
async fn needs_notes(State(notes): State<Notes>) {
    notes.note("needs_notes");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_it_is_said_at_once_and_gives_it_back() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(needs_notes)]).pool("mail", 1).start().await.unwrap();
    let wrong = task_fn("no good", |_| async {}).pool("mali").timeout(Duration::ZERO);
    let error = handle.spawn_task(wrong).unwrap_err();
    let text = error.to_string();
    assert!(error.is_configuration());
    assert!(text.starts_with("task `no good` was not added: 3 problems"), "{text}");
    assert!(text.contains("`timeout` is 0s: it must be greater than zero"), "{text}");
    assert!(text.contains("dynamic.rs:"), "{text}");
    assert!(text.contains("the pool `mali` has no size"), "{text}");
    assert_eq!(error.problems().len(), 3);
    let error = handle.spawn_task(task_fn("good", |_| async {}).pool("mali")).unwrap_err();
    assert!(error.to_string().contains("the pool `mali` has no size (did you mean `mail`?"), "{error}");
    let cron = Schedule::cron("61 * * * *");
    let error = handle.schedule(task_fn("good", |_| async {}), cron).unwrap_err();
    assert!(error.to_string().contains("cron `61 * * * *` cannot be used"), "{error}");

    #[derive(Clone)]
    struct Db;
    let mut by_hand = ByHand::new(&notes);
    by_hand.needs = |needs| needs.state::<Db>();
    let error = handle.spawn_task(by_hand).unwrap_err();
    assert!(
        error.to_string().contains("Db>` is not there; it is needed by `by_hand` at by_hand.rs:7"),
        "{error}"
    );
    let mut by_hand = error.into_task();
    by_hand.needs = |_| ();
    by_hand.options.after = Some(&["needs_notes"]);
    let error = handle.spawn_task(by_hand).unwrap_err();
    assert!(error.to_string().contains("`after` belongs to tasks that are there when the program starts"));
    let mut by_hand = error.into_task();
    by_hand.options.after = None;
    by_hand.options.enabled = Some(false);
    let error = handle.spawn_task(by_hand).unwrap_err();
    assert!(error.is_disabled());
    assert_eq!(names(&handle), ["needs_notes"], "nothing was added");

    let error = handle.remove("needs_notes").unwrap_err();
    assert!(error.is_declared());
    assert!(handle.remove("nobody").unwrap_err().is_unknown());
    drop(handle.shutdown(None));
    let error = handle.spawn_task(task_fn("late", |_| async {})).unwrap_err();
    assert!(error.is_shutdown());
}

#[tokio::test(start_paused = true)]
async fn shutdown_asks_it_to_stop_and_drains() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    let body = {
        let notes = notes.clone();
        move |cx: Context| {
            let notes = notes.clone();
            async move {
                cx.cancelled().await;
                tokio::time::sleep(seconds(1)).await;
                notes.note("closed");
            }
        }
    };
    handle.schedule(noting(&notes, "tick"), Schedule::every(seconds(1))).unwrap();
    let run = handle.spawn_task(task_fn("feed", body)).unwrap();
    pass(1_500).await;
    let report = handle.shutdown(None).await;
    assert!(report.is_clean());
    run.await.unwrap();
    assert_eq!(notes.millis_of("closed"), [2500]);
    assert_eq!(notes.count("tick"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_left_is_dropped_and_its_place_is_used_again() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    let held = Arc::new(());
    for round in 0..1000 {
        let held = Arc::clone(&held);
        let task = task_fn(format!("once-{round}"), move |_| {
            let held = Arc::clone(&held);
            async move { drop(held) }
        });
        handle.spawn_task(task).unwrap().await.unwrap();
    }
    for round in 0..1000 {
        let held = Arc::clone(&held);
        let task = task_fn(format!("often-{round}"), move |_| {
            let _ = &held;
            async {}
        });
        handle.schedule(task, Schedule::every(seconds(3600))).unwrap().remove().unwrap();
    }
    pass(10).await;
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(names(&handle), ["declared"]);
    assert_eq!(handle.results().len(), 1000, "results stay for as long as there is room");
}

#[tokio::test(start_paused = true)]
async fn a_drop_that_panics_costs_nothing_else() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    struct Bad(OnDrop);
    impl Drop for Bad {
        fn drop(&mut self) {
            self.0.0.note("bad");
            panic!("in a drop");
        }
    }
    let bad = Bad(OnDrop(notes.clone(), "dropped"));
    let task = task_fn("bad", move |_| {
        let _ = &bad;
        async {}
    });
    handle.schedule(task, Schedule::every(seconds(1))).unwrap().remove().unwrap();
    assert_eq!(notes.words(), ["bad", "dropped"]);
    handle.spawn_task(noting(&notes, "next")).unwrap().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_program_is_not_idle_while_an_added_schedule_lives() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(declared)]).exit_when_idle().start().await.unwrap();
    handle.schedule(noting(&notes, "poll"), Schedule::every(seconds(1))).unwrap();
    handle.reschedule("declared", Schedule::off()).unwrap();
    pass(3_500).await;
    assert_eq!(notes.count("poll"), 3);
    handle.remove("poll").unwrap();
    handle.stopped().await;
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_schedules_live_side_by_side() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    let count = Arc::new(AtomicU32::new(0));
    for tenant in 0..10_000 {
        let count = Arc::clone(&count);
        let task = task_fn(format!("poll-{tenant}"), move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            async {}
        });
        handle.schedule(task, Schedule::every(seconds(60)).jitter(seconds(60))).unwrap();
    }
    pass(121_000).await;
    let once = count.load(Ordering::Relaxed);
    assert!((10_000..=20_000).contains(&once), "{once}");
    assert_eq!(handle.tasks().len(), 10_001);
    assert!(handle.trigger("poll_9999").is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_configuration_sets_by_default_holds_for_it() {
    let notes = Notes::new();
    let builder = program(&notes, [registration!(declared)]).configure(|tasks| {
        tasks.default().timeout("2s").grace("0s").restart("always");
        Ok(())
    });
    let handle = builder.start().await.unwrap();
    let slow = || task_fn("slow", |_| tokio::time::sleep(seconds(10)));
    let limited = handle.spawn_task(slow()).unwrap().await.unwrap_err();
    let result = limited.result().unwrap();
    assert_eq!((result.outcome, result.duration), (Outcome::TimedOut, seconds(2)));
    let own = handle.spawn_task(slow().timeout(seconds(5))).unwrap().await.unwrap_err();
    assert_eq!(own.result().unwrap().duration, seconds(5), "what it sets itself goes before");
    assert_eq!(names(&handle), ["declared"], "it is no service, whatever the default");
}

/// Adds up the skips that the log tells.
#[derive(Clone, Default)]
struct Skips(Arc<AtomicU32>);

impl tracing::field::Visit for Skips {
    fn record_u64(&mut self, field: &tracing::field::Field, value: u64) {
        if field.name() == "count" {
            self.0.fetch_add(u32::try_from(value).unwrap(), Ordering::SeqCst);
        }
    }

    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
}

impl tracing::Subscriber for Skips {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn skips_that_the_log_held_back_are_told_when_their_task_leaves() {
    let skips = Skips::default();
    let _guard = tracing::subscriber::set_default(skips.clone());
    let notes = Notes::new();
    let handle = start(&notes, [registration!(declared)]).await;
    let poll = handle.schedule(noting(&notes, "poll"), Schedule::every(seconds(1))).unwrap();
    poll.pause("", None).unwrap();
    pass(10_500).await;
    assert_eq!(skips.0.load(Ordering::SeqCst), 1, "the others are held back");
    poll.remove().unwrap();
    assert_eq!(skips.0.load(Ordering::SeqCst), 10);
    // Another one of this name has nothing of it.
    let poll = handle.schedule(noting(&notes, "poll"), Schedule::every(seconds(1))).unwrap();
    poll.pause("", None).unwrap();
    pass(1_500).await;
    assert_eq!(skips.0.load(Ordering::SeqCst), 11);
}
