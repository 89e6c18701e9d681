//! What observers see of a program, against what became of its runs.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_core::Stream as _;

use tasks_runtime::{
    Context, Event, EventKind, Events, Handle, Missed, Observer, Outcome, RunId, SkipReason, State,
    registration, scheduled, task,
};

use crate::support::{Notes, pass, program};

/// Keeps everything that it is told.
#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<Event>>>);

impl Observer for Record {
    fn observe(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Record {
    fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    fn names(&self) -> Vec<&'static str> {
        self.events().iter().map(Event::name).collect()
    }

    /// The names of the events of each run, in the order in which they came.
    fn by_run(&self) -> BTreeMap<RunId, Vec<&'static str>> {
        let mut runs: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for event in self.events() {
            if let Some(run) = event.run() {
                runs.entry(run).or_default().push(event.name());
            }
        }
        runs
    }
}

#[scheduled(every = "1m", retry(max = 2, delay = "1s", jitter = "off"))]
async fn fails_twice(cx: Context) -> Result<(), String> {
    if cx.attempt() < 3 { Err(format!("attempt {}", cx.attempt())) } else { Ok(()) }
}

#[scheduled(every = "1m")]
async fn panics() {
    panic!("boom");
}

#[scheduled(every = "1m", timeout = "off")]
async fn overruns() {
    pass(150_000).await;
}

#[scheduled(every = "1m", overlap = "queue", timeout = "10s")]
async fn waits_for_its_turn() {
    pass(90_000).await;
}

#[task(start = "manual", retry(max = "unlimited", delay = "1h"))]
async fn never_works() -> Result<(), String> {
    Err("no".to_owned())
}

async fn an_hour_of_everything(record: &Record) -> Handle {
    let tasks = [
        registration!(fails_twice),
        registration!(panics),
        registration!(overruns),
        registration!(waits_for_its_turn),
        registration!(never_works),
    ];
    let handle = program(&Notes::new(), tasks).quiet_panics().observe(record.clone()).start().await.unwrap();
    let first = handle.trigger("never_works").unwrap();
    handle.trigger("never_works").unwrap();
    pass(60_000).await;
    assert!(handle.cancel(first));
    pass(3_540_500).await;
    handle
}

#[tokio::test(start_paused = true)]
async fn every_run_ends_once_and_its_events_come_in_their_order() {
    let record = Record::default();
    let handle = an_hour_of_everything(&record).await;
    let living: Vec<_> = handle.running().iter().map(|run| run.run).collect();
    let results: BTreeMap<_, _> =
        handle.results().into_iter().map(|result| (result.run, result.outcome)).collect();
    let runs = record.by_run();
    let known: Vec<_> = runs.keys().copied().collect();
    let expected: BTreeMap<_, _> = results.keys().chain(&living).map(|run| (*run, ())).collect();
    assert_eq!(known, expected.into_keys().collect::<Vec<_>>());
    for (run, names) in &runs {
        let middle = match names.as_slice() {
            ["run_started", middle @ .., "run_ended"] => middle,
            ["run_started", middle @ ..] if living.contains(run) => middle,
            other => panic!("{run}: {other:?}"),
        };
        assert!(middle.chunks(2).all(|pair| pair == ["attempt_failed", "retry_scheduled"]), "{names:?}");
    }
    for event in record.events() {
        if let EventKind::RunEnded { result, .. } = event.kind {
            assert_eq!(results[&result.run], result.outcome);
            assert_eq!(event.at, result.ended_at);
        }
    }
    let outcomes: Vec<_> = results.values().collect();
    for outcome in [Outcome::Succeeded, Outcome::Panicked, Outcome::Cancelled] {
        assert!(outcomes.contains(&&outcome), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_is_told_every_skip_and_not_what_the_log_makes_of_them() {
    let record = Record::default();
    let handle = an_hour_of_everything(&record).await;
    let overruns = handle.tasks().into_iter().find(|task| &*task.name == "overruns").unwrap();
    let told: Vec<_> = record
        .events()
        .into_iter()
        .filter(|event| event.task() == Some("overruns"))
        .filter_map(|event| match event.kind {
            EventKind::FiringSkipped { reason, count, first, .. } => Some((reason, count, event.at, first)),
            _ => None,
        })
        .collect();
    assert!(told.len() > 30, "{}", told.len());
    assert!(
        told.iter().all(|(reason, count, at, first)| {
            *reason == SkipReason::Overlap && *count == 1 && at == first
        })
    );
    assert_eq!(overruns.counts.skips(SkipReason::Overlap), told.len() as u64);
}

#[tokio::test(start_paused = true)]
async fn ready_is_the_first_event_and_the_end_of_the_shutdown_the_last() {
    let record = Record::default();
    let handle = an_hour_of_everything(&record).await;
    // Nobody waits for it; the program says how it ended all the same.
    drop(handle.shutdown(None));
    pass(10_000).await;
    let names = record.names();
    assert_eq!(names[0], "ready");
    assert_eq!(names.iter().filter(|name| **name == "shutdown_started").count(), 1);
    assert_eq!(names.iter().position(|name| *name == "shutdown_ended"), Some(names.len() - 1));
    let ends = names.iter().filter(|name| **name == "run_ended").count();
    assert_eq!(ends, record.by_run().len(), "no run is left without an end");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_never_started_ends_without_having_started() {
    let record = Record::default();
    let notes = Notes::new();
    let tasks = [registration!(holds_the_place), registration!(wants_the_place)];
    let handle = program(&notes, tasks).pool("one", 1).observe(record.clone()).start().await.unwrap();
    pass(1).await;
    let waiting = handle.trigger("wants_the_place").unwrap();
    assert!(handle.cancel(waiting));
    assert_eq!(record.by_run()[&waiting], ["run_ended"]);
}

#[task(start = "manual", retry(max = "unlimited", delay = "1ms", jitter = "off"))]
async fn flaps() -> Result<(), String> {
    tokio::task::yield_now().await;
    Err("no".to_owned())
}

/// For real: between two attempts a run may be ended by any thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_told_of_a_run_after_its_end_whoever_ends_it() {
    let record = Record::default();
    let builder = tasks_runtime::builder().without_discovery().register(registration!(flaps));
    let handle = builder.observe(record.clone()).start().await.unwrap();
    let runs: Vec<_> = (0..600_u64)
        .map(|number| {
            let handle = handle.clone();
            tokio::spawn(async move {
                let run = handle.trigger("flaps").unwrap();
                tokio::time::sleep(Duration::from_micros(number * 37 % 5_000)).await;
                handle.cancel(run);
            })
        })
        .collect();
    for run in runs {
        run.await.unwrap();
    }
    assert!(handle.shutdown(None).await.is_clean());
    let runs = record.by_run();
    assert_eq!(runs.len(), 600);
    for (run, names) in runs {
        let (last, before) = names.split_last().unwrap();
        assert_eq!(*last, "run_ended", "{run}: {names:?}");
        assert!(!before.contains(&"run_ended"), "{run}: {names:?}");
        let middle = before.strip_prefix(&["run_started"]).unwrap_or_default();
        assert!(middle.chunks(2).all(|pair| pair == ["attempt_failed", "retry_scheduled"]), "{names:?}");
    }
}

#[task(pool = "one")]
async fn holds_the_place() {
    pass(60_000).await;
}

#[task(pool = "one", start = "manual")]
async fn wants_the_place() {}

#[task]
async fn works(State(notes): State<Notes>) {
    notes.note("worked");
}

#[tokio::test(start_paused = true)]
async fn observers_are_told_in_their_order_and_a_panic_costs_nobody_anything() {
    let (before, after, notes) = (Record::default(), Record::default(), Notes::new());
    let panics = Arc::new(Mutex::new(0));
    let count = Arc::clone(&panics);
    let handle = program(&notes, [registration!(works)])
        .quiet_panics()
        .observe(before.clone())
        .observe(move |_: &Event| {
            *count.lock().unwrap() += 1;
            panic!("observed");
        })
        .observe(after.clone())
        .start()
        .await
        .unwrap();
    pass(1_000).await;
    let report = handle.shutdown(None).await;
    assert!(report.is_clean());
    assert_eq!(notes.count("worked"), 1);
    let expected = ["ready", "run_started", "run_ended", "idle", "shutdown_started", "shutdown_ended"];
    assert_eq!(before.names(), expected);
    assert_eq!(after.names(), expected);
    assert_eq!(*panics.lock().unwrap(), expected.len(), "it is told again after a panic");
}

#[tokio::test(start_paused = true)]
async fn an_observer_may_use_the_handle() {
    let (notes, handle) = (Notes::new(), Arc::new(Mutex::new(None::<Handle>)));
    let inner = Arc::clone(&handle);
    let started = program(&notes, [registration!(works)])
        .observe(move |event: &Event| {
            let handle = inner.lock().unwrap().clone();
            if let (EventKind::RunEnded { result, .. }, Some(handle)) = (&event.kind, handle)
                && handle.tasks()[0].counts.total() < 3
            {
                assert_eq!(&*result.task, "works");
                handle.trigger("works").unwrap();
            }
        })
        .start()
        .await
        .unwrap();
    *handle.lock().unwrap() = Some(started);
    pass(1_000).await;
    assert_eq!(notes.count("worked"), 3);
    handle.lock().unwrap().take();
}

#[tokio::test(start_paused = true)]
async fn an_observer_hears_why_nothing_started() {
    let record = Record::default();
    let failed =
        program(&Notes::new(), [registration!(wants_the_place)]).observe(record.clone()).start().await;
    assert!(failed.unwrap_err().is_configuration());
    assert_eq!(record.names(), ["start_failed"]);
    let setup = async |_| Err("no database".into());
    let failed = program(&Notes::new(), [registration!(works)]).setup(setup).observe(record.clone()).start();
    failed.await.unwrap_err();
    assert_eq!(record.names(), ["start_failed"; 2]);
}

/// Every name until the stream ends.
async fn read(mut events: Events) -> Vec<Result<&'static str, Missed>> {
    let mut read = Vec::new();
    while let Some(event) = events.recv().await {
        read.push(event.map(|event| event.name()));
    }
    assert!(events.recv().await.is_none(), "it has ended for good");
    read
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_reads_what_an_observer_is_told_until_the_program_is_over() {
    let record = Record::default();
    let handle = an_hour_of_everything(&record).await;
    let (from, events) = (record.names().len(), handle.subscribe());
    let reader = tokio::spawn(read(events));
    pass(600_000).await;
    drop(handle.shutdown(None).await);
    let read: Result<Vec<_>, _> = reader.await.unwrap().into_iter().collect();
    let told = record.names().split_off(from);
    assert!(told.len() > 50);
    assert_eq!(read.unwrap(), told);
    assert!(handle.subscribe().recv().await.is_none(), "there is nothing more to tell");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_dropped_in_the_middle_of_a_wait_loses_nothing() {
    let record = Record::default();
    let handle = an_hour_of_everything(&record).await;
    let (from, mut events) = (record.names().len(), handle.subscribe());
    let mut read = Vec::new();
    let mut waits = 0;
    let stopping = handle.clone();
    tokio::spawn(async move {
        pass(120_000).await;
        drop(stopping.shutdown(None));
    });
    loop {
        match tokio::time::timeout(Duration::from_millis(700), events.recv()).await {
            Ok(Some(event)) => read.push(event.unwrap().name()),
            Ok(None) => break,
            Err(_) => waits += 1,
        }
    }
    assert!(waits > 50, "{waits}");
    assert_eq!(read, record.names().split_off(from));
}

#[scheduled(every = "1s")]
async fn quick() {}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_never_reads_costs_no_run_anything_and_counts_what_it_missed() {
    let record = Record::default();
    let tasks = [registration!(quick)];
    let handle = program(&Notes::new(), tasks).observe(record.clone()).start().await.unwrap();
    let mut events = handle.subscribe();
    // Two events for each run.
    pass(3_000 * 1_000 + 500).await;
    assert_eq!(handle.tasks()[0].counts.runs(Outcome::Succeeded), 3_000);
    let told = record.names().len() as u64 - 1;
    let missed = events.recv().await.unwrap().unwrap_err().count;
    assert_eq!(told, 6_000);
    assert_eq!(missed, told - 4096);
    let first = poll_fn(|cx| Pin::new(&mut events).poll_next(cx)).await.unwrap().unwrap();
    assert_eq!(first.at, record.events()[1 + missed as usize].at, "the oldest of those that are kept");
}

#[task]
async fn follows(cx: Context, handle: Handle, State(notes): State<Notes>) {
    let mut events = handle.subscribe();
    while let Some(Some(Ok(event))) = cx.token().run_until_cancelled(events.recv()).await {
        notes.note(event.name());
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_may_follow_the_program_that_it_is_part_of() {
    let notes = Notes::new();
    let tasks = [registration!(follows), registration!(quick)];
    let handle = program(&notes, tasks).start().await.unwrap();
    pass(2_500).await;
    assert!(handle.shutdown(None).await.is_clean());
    assert_eq!(notes.words()[..4], ["run_started", "run_ended", "run_started", "run_ended"]);
}
