//! Services: what is started again, when, and what its end means.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tasks_runtime::{
    Context, Fatal, Handle, Outcome, Report, RetryAfter, ServiceInfo, State, StopCause, Trigger,
    registration, scheduled, task,
};

use crate::support::{Notes, only_result, outcomes_of, pass, program, results_of, start};

/// How a service ends, one after another; after the last it goes on for ever.
#[derive(Clone, Copy, Debug)]
enum End {
    Ok,
    Err,
    Panic,
    /// It says that it is ready, and lives for so many seconds.
    Lives(u64),
}

async fn play(cx: &Context, notes: &Notes, ends: &[End]) -> anyhow::Result<()> {
    let number = notes.count("run");
    notes.note("run");
    match ends.get(number) {
        Some(End::Ok) => Ok(()),
        Some(End::Err) => anyhow::bail!("no connection"),
        Some(End::Panic) => panic!("no mind"),
        Some(End::Lives(seconds)) => {
            cx.ready();
            tokio::time::sleep(Duration::from_secs(*seconds)).await;
            anyhow::bail!("it lived for {seconds} s")
        }
        None => {
            cx.ready();
            cx.cancelled().await;
            Ok(())
        }
    }
}

fn service(handle: &Handle, task: &str) -> ServiceInfo {
    let tasks = handle.tasks();
    tasks.iter().find(|info| &*info.name == task).unwrap().service.clone().expect("it is a service")
}

fn triggers(handle: &Handle, task: &str) -> Vec<Trigger> {
    results_of(handle, task).iter().map(|result| result.trigger).collect()
}

const ONE_OF_EACH: [End; 3] = [End::Err, End::Panic, End::Ok];

#[task(restart(policy = "on-failure", jitter = "off"))]
async fn on_failure(cx: Context, State(notes): State<Notes>) -> anyhow::Result<()> {
    play(&cx, &notes, &ONE_OF_EACH).await
}

#[tokio::test(start_paused = true)]
async fn on_failure_restarts_after_an_error_and_a_panic_and_not_after_an_early_end() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(on_failure)]).quiet_panics().start().await.unwrap();
    pass(600_000).await;
    assert_eq!(notes.millis_of("run"), [0, 100, 300]);
    use Outcome::{Failed, Panicked, Succeeded};
    assert_eq!(outcomes_of(&handle, "on_failure"), [Failed, Panicked, Succeeded]);
    assert_eq!(triggers(&handle, "on_failure"), [Trigger::Boot, Trigger::Restart, Trigger::Restart]);
    let early: Vec<bool> = results_of(&handle, "on_failure").iter().map(|result| result.early).collect();
    assert_eq!(early, [false, false, true]);
}

#[task(restart(policy = "always", jitter = "off"))]
async fn always(cx: Context, State(notes): State<Notes>) -> anyhow::Result<()> {
    play(&cx, &notes, &ONE_OF_EACH).await
}

#[tokio::test(start_paused = true)]
async fn always_restarts_after_a_success_too() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(always)]).quiet_panics().start().await.unwrap();
    pass(20_000).await;
    assert_eq!(notes.millis_of("run"), [0, 100, 300, 700]);
    assert!(results_of(&handle, "always").iter().all(|result| !result.early));
    assert_eq!(handle.running().len(), 1);
    let report = handle.shutdown(None).await;
    assert_eq!(report.exit_code(), 0);
}

#[task(restart = "never")]
async fn never(cx: Context, State(notes): State<Notes>) -> anyhow::Result<()> {
    play(&cx, &notes, &ONE_OF_EACH).await
}

#[tokio::test(start_paused = true)]
async fn never_restarts_nothing() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(never)]).await;
    pass(600_000).await;
    assert_eq!(only_result(&handle, "never").outcome, Outcome::Failed);
    assert!(handle.tasks()[0].service.is_none());
}

#[task(timeout = "1s", restart(policy = "on-failure", jitter = "off"))]
async fn slow(State(notes): State<Notes>) {
    notes.note("run");
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_a_failure_that_is_restarted() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(slow)]).await;
    pass(3_000).await;
    assert_eq!(notes.millis_of("run"), [0, 1_100, 2_300]);
    assert_eq!(outcomes_of(&handle, "slow"), [Outcome::TimedOut, Outcome::TimedOut]);
}

#[task(retry(max = 1, delay = "10ms", jitter = "off"), restart(policy = "on-failure", jitter = "off"))]
async fn tries_first(cx: Context, State(notes): State<Notes>) -> Result<(), &'static str> {
    notes.note(format!("attempt {}", cx.attempt()));
    Err("no")
}

#[tokio::test(start_paused = true)]
async fn retries_are_used_up_inside_a_run_before_it_is_restarted() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(tries_first)]).await;
    pass(115).await;
    assert_eq!(notes.words(), ["attempt 1", "attempt 2", "attempt 1"]);
    assert_eq!(notes.millis_of("attempt 1"), [0, 110]);
    assert_eq!(only_result(&handle, "tries_first").attempts, 2);
}

#[task(restart(policy = "on-failure", jitter = "off"))]
async fn crashes(State(notes): State<Notes>) -> Result<(), &'static str> {
    notes.note("run");
    Err("port 80 is taken")
}

#[scheduled(every = "1s")]
async fn heartbeat(State(notes): State<Notes>) {
    notes.note("heartbeat");
}

#[tokio::test(start_paused = true)]
async fn a_crash_loop_is_degraded_after_its_window_and_goes_on_while_others_live() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(crashes), registration!(heartbeat)]).await;
    pass(3_000).await;
    assert!(!service(&handle, "crashes").degraded);
    pass(97_500).await;
    assert_eq!(notes.millis_of("run"), [0, 100, 300, 700, 1_500, 3_100, 33_100, 63_100, 93_100]);
    let info = service(&handle, "crashes");
    assert_eq!((info.restarts, info.restarts_in_all, info.degraded), (9, 9, true));
    assert!(info.next_restart.is_some());
    assert_eq!(notes.count("heartbeat"), 100);
    let report = handle.shutdown(None).await;
    assert_eq!(report.exit_code(), 0, "nobody said that it is essential");
}

#[task(essential = true, restart(policy = "on-failure", jitter = "off"))]
async fn essential(State(notes): State<Notes>) -> Result<(), &'static str> {
    notes.note("run");
    Err("port 80 is taken")
}

async fn run_to_its_end<const N: usize>(notes: &Notes, tasks: [tasks_runtime::Registration; N]) -> Report {
    program(notes, tasks).quiet_panics().run_until_signal().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_essential_service_that_crashes_too_often_ends_the_program_with_one() {
    let notes = Notes::new();
    let report = run_to_its_end(&notes, [registration!(essential)]).await;
    assert_eq!(notes.millis_of("run"), [0, 100, 300, 700, 1_500, 3_100], "one and five restarts");
    assert_eq!(report.exit_code(), 1);
    assert_eq!(*report.cause(), StopCause::Essential("essential".into()));
}

#[task(essential = true, restart = "on-failure")]
async fn returns(cx: Context) {
    cx.ready();
    tokio::time::sleep(Duration::from_secs(3600)).await;
}

#[tokio::test(start_paused = true)]
async fn an_essential_service_that_returns_early_ends_the_program_with_one() {
    let report = run_to_its_end(&Notes::new(), [registration!(returns)]).await;
    assert_eq!(report.exit_code(), 1);
    let [result] = report.results() else { panic!("{report:?}") };
    assert_eq!((result.outcome, result.early), (Outcome::Succeeded, true));
}

const CRASHES_AND_LIVES: [End; 8] = [
    End::Err,
    End::Err,
    End::Err,
    End::Err,
    End::Err,
    // The sixth failure: degraded.
    End::Err,
    End::Lives(29),
    End::Lives(31),
];

#[task(name = "s", restart(policy = "on-failure", jitter = "off"))]
async fn recovers(cx: Context, State(notes): State<Notes>) -> anyhow::Result<()> {
    play(&cx, &notes, &CRASHES_AND_LIVES).await
}

#[tokio::test(start_paused = true)]
async fn a_service_that_lives_long_enough_is_stable_and_starts_afresh() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(recovers)]).await;
    pass(33_100 + 29_500).await;
    let info = service(&handle, "s");
    assert_eq!((info.restarts, info.degraded), (7, true), "29 s of life are not enough");
    pass(30_000).await;
    // It was started at 33.1 + 29 + 30 = 92.1 s.
    assert_eq!(notes.millis_of("run").last(), Some(&92_100));
    assert!(service(&handle, "s").degraded);
    pass(30_000).await;
    assert_eq!(service(&handle, "s").restarts, 0, "30 s are");
    assert!(!service(&handle, "s").degraded);
    pass(10_000).await;
    // It failed a second later, and the first wait is as short as the very first was.
    assert_eq!(notes.millis_of("run").last(), Some(&123_200));
    assert_eq!(service(&handle, "s").restarts_in_all, 8);
}

#[task(restart(policy = "on-failure", delay = "5s", jitter = "off"))]
async fn waits(State(notes): State<Notes>) -> Result<(), &'static str> {
    notes.note("run");
    Err("no")
}

#[tokio::test(start_paused = true)]
async fn shutdown_drops_a_pending_restart() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(waits)]).await;
    pass(1_000).await;
    assert!(service(&handle, "waits").next_restart.is_some());
    let report = handle.shutdown(None).await;
    pass(60_000).await;
    assert_eq!((report.exit_code(), report.is_clean(), notes.count("run")), (0, true, 1));
}

#[tokio::test(start_paused = true)]
async fn a_pending_restart_is_not_idleness() {
    let notes = Notes::new();
    let running = program(&notes, [registration!(waits)]).exit_when_idle().run_until_signal();
    let ended = tokio::time::timeout(Duration::from_secs(60), running).await;
    assert!(ended.is_err(), "it is to be started again");
    assert!(notes.count("run") > 3);
}

#[task(name = "server", restart(policy = "on-failure", jitter = "off"))]
async fn late_server(cx: Context, State(notes): State<Notes>) -> anyhow::Result<()> {
    play(&cx, &notes, &[End::Err, End::Err, End::Lives(60), End::Err]).await
}

#[task(after = "server")]
async fn client(State(notes): State<Notes>) {
    notes.note("client");
}

#[tokio::test(start_paused = true)]
async fn dependants_wait_for_a_service_that_crashes_before_it_is_ready_and_start_once() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(late_server), registration!(client)]).await;
    pass(600_000).await;
    assert_eq!(notes.millis_of("client"), [300], "not blocked, and not started again");
    assert_eq!(notes.count("run"), 5);
    assert_eq!(only_result(&handle, "client").trigger, Trigger::Dependency);
}

#[task(name = "server", essential = true, restart(policy = "on-failure", max = 1))]
async fn hopeless_server() -> Result<(), &'static str> {
    Err("no")
}

#[tokio::test(start_paused = true)]
async fn when_a_service_gives_up_before_it_was_ready_its_dependants_are_blocked() {
    let notes = Notes::new();
    let report = run_to_its_end(&notes, [registration!(hopeless_server), registration!(client)]).await;
    assert_eq!(report.exit_code(), 1);
    assert_eq!((notes.count("client"), report.results().len()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn cancel_ends_a_service_without_a_restart() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(late_server)]).await;
    pass(1_000).await;
    let run = handle.running()[0].run;
    handle.cancel(run);
    pass(600_000).await;
    assert_eq!(outcomes_of(&handle, "server").last(), Some(&Outcome::Cancelled));
    assert_eq!(handle.running().len(), 0);
    assert_eq!(service(&handle, "server").next_restart, None);
}

#[tokio::test(start_paused = true)]
async fn a_trigger_while_a_restart_is_pending_starts_the_service_at_once() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(waits)]).await;
    pass(2_000).await;
    handle.trigger("waits").unwrap();
    pass(9_000).await;
    // It is the service from then on: it failed, and the second wait is 10 s.
    assert_eq!(notes.millis_of("run"), [0, 2_000]);
    pass(1_500).await;
    assert_eq!(notes.millis_of("run"), [0, 2_000, 12_000]);
    assert_eq!(triggers(&handle, "waits"), [Trigger::Boot, Trigger::Manual, Trigger::Restart]);
}

#[task(start = "manual", restart(policy = "on-failure", jitter = "off"))]
async fn on_demand(cx: Context, State(notes): State<Notes>) -> anyhow::Result<()> {
    play(&cx, &notes, &[End::Err]).await
}

#[tokio::test(start_paused = true)]
async fn a_manual_service_is_kept_alive_once_somebody_has_started_it() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(on_demand)]).await;
    pass(10_000).await;
    assert_eq!(notes.count("run"), 0);
    handle.trigger("on_demand").unwrap();
    pass(10_000).await;
    assert_eq!(notes.millis_of("run"), [10_000, 10_100]);
    assert!(handle.trigger("on_demand").unwrap_err().is_overlap(), "a service runs once at a time");
}

#[task(restart = "on-failure")]
async fn misconfigured(State(notes): State<Notes>) -> Result<(), Fatal> {
    notes.note("run");
    Err(Fatal::new("there is no such bucket"))
}

#[task(name = "misconfigured", essential = true, restart = "always")]
async fn misconfigured_and_essential() -> anyhow::Result<()> {
    Err(Fatal::new("there is no such bucket").into())
}

#[tokio::test(start_paused = true)]
async fn a_fatal_error_ends_a_service_for_good() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(misconfigured)]).await;
    pass(600_000).await;
    assert_eq!(notes.count("run"), 1);
    assert_eq!(only_result(&handle, "misconfigured").outcome, Outcome::Failed);
    let report = run_to_its_end(&notes, [registration!(misconfigured_and_essential)]).await;
    assert_eq!((report.exit_code(), report.results().len()), (1, 1));
}

#[task(restart(policy = "on-failure", jitter = "off"))]
async fn throttled(State(notes): State<Notes>) -> Result<(), RetryAfter> {
    notes.note("run");
    Err(RetryAfter::new(Duration::from_secs(90), "429"))
}

#[tokio::test(start_paused = true)]
async fn an_error_that_asks_for_a_wait_puts_the_restart_off() {
    let notes = Notes::new();
    start(&notes, [registration!(throttled)]).await;
    pass(200_000).await;
    assert_eq!(notes.millis_of("run"), [0, 90_000, 180_000]);
}

#[task(restart = "on-failure")]
async fn deaf_service(State(notes): State<Notes>) {
    let _guard = crate::support::OnDrop(notes, "dropped");
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn shutdown_drops_a_service_that_does_not_listen_and_counts_that_as_clean() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(deaf_service)]).await;
    pass(1_000).await;
    let report = handle.shutdown(None).await;
    assert_eq!((report.exit_code(), notes.millis_of("dropped")), (0, vec![1_000]));
}

#[task(essential = true, on_shutdown = "finish", restart = "on-failure")]
async fn fails_in_the_drain(cx: Context) -> anyhow::Result<()> {
    cx.ready();
    tokio::time::sleep(Duration::from_secs(3)).await;
    anyhow::bail!("too late to matter")
}

#[task(essential = true, restart = "on-failure")]
async fn ends_when_asked(cx: Context) {
    cx.cancelled().await;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ends_during_the_shutdown_is_neither_early_nor_a_failure_of_the_program() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(fails_in_the_drain), registration!(ends_when_asked)]).await;
    pass(2_000).await;
    let report = handle.shutdown(None).await;
    assert_eq!(report.exit_code(), 0, "{report:?}");
    assert_eq!(only_result(&handle, "fails_in_the_drain").outcome, Outcome::Failed);
    let asked = only_result(&handle, "ends_when_asked");
    assert_eq!((asked.outcome, asked.early), (Outcome::Succeeded, false));
}

static DRAWN: AtomicU32 = AtomicU32::new(0);

#[task(restart(policy = "always", delay = "1s", factor = 1, max = 1000, within = "1ms", max_delay = "1s"))]
async fn jittered(State(notes): State<Notes>) {
    notes.note("run");
    DRAWN.fetch_add(1, Ordering::Relaxed);
}

#[tokio::test(start_paused = true)]
async fn full_jitter_spreads_the_waits() {
    let notes = Notes::new();
    start(&notes, [registration!(jittered)]).await;
    pass(100_000).await;
    let runs = notes.millis_of("run");
    let waits: Vec<u64> = runs.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(waits.iter().all(|wait| *wait <= 1_001), "{waits:?}");
    // Uniform in (0, 1 s]: 200 on average, and neither all short nor all long.
    assert!((120..350).contains(&waits.len()), "{}", waits.len());
    assert!(waits.iter().any(|wait| *wait < 250) && waits.iter().any(|wait| *wait > 750), "{waits:?}");
}

#[task(name = "database", stop_within = "500ms")]
async fn short_tempered(cx: Context, State(notes): State<Notes>) {
    cx.ready();
    cx.cancelled().await;
    notes.note("database asked");
}

#[task(name = "cache", stop_within = "1h")]
async fn patient(cx: Context, State(notes): State<Notes>) {
    cx.ready();
    cx.cancelled().await;
    notes.note("cache asked");
}

#[task(after = ["database", "cache"], on_shutdown = "finish")]
async fn worker(State(notes): State<Notes>) {
    tokio::time::sleep(Duration::from_secs(4)).await;
    notes.note("worker ended");
}

#[tokio::test(start_paused = true)]
async fn stop_within_says_how_long_each_dependency_is_left_alone() {
    let notes = Notes::new();
    let tasks = [registration!(short_tempered), registration!(patient), registration!(worker)];
    let handle = start(&notes, tasks).await;
    pass(1_000).await;
    let report = handle.shutdown(None).await;
    assert_eq!(report.exit_code(), 0, "{report:?}");
    assert_eq!(notes.words(), ["database asked", "worker ended", "cache asked"]);
    assert_eq!(notes.millis_of("database asked"), [1_500]);
    assert_eq!(notes.millis_of("cache asked"), [4_000]);
}
