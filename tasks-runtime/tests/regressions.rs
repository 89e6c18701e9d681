//! Faults that were found by reading, each with the test that showed it.
#![allow(missing_docs, clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests")]

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::Poll,
    time::{Duration, Instant},
};
use tasks_runtime::{
    BodyKind, Builder, Context, Definition, Handle, Location, Outcome, Registration, State, TaskFuture,
    policy, registration, scheduled, task,
};

fn virt<const N: usize>(tasks: [Registration; N]) -> Builder {
    let b = tasks_runtime::builder().without_discovery();
    tasks.into_iter().fold(b, Builder::register).__virtual_time("2026-01-01T00:00:00Z".parse().unwrap())
}
/// One program of a process has its signals.
static SIGNALS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

fn real<const N: usize>(tasks: [Registration; N]) -> Builder {
    let b = tasks_runtime::builder().without_discovery();
    tasks.into_iter().fold(b, Builder::register)
}
fn within(secs: u64, f: impl FnOnce() + Send + 'static) {
    let (tx, rx) = mpsc::channel();
    std::thread::spawn(move || {
        f();
        let _ = tx.send(());
    });
    assert_ne!(
        rx.recv_timeout(Duration::from_secs(secs)),
        Err(mpsc::RecvTimeoutError::Timeout),
        "HANGS (timeout)"
    );
}
async fn pass(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

static POLLS: AtomicUsize = AtomicUsize::new(0);
#[task]
async fn counts_polls() {
    poll_fn(|_| {
        POLLS.fetch_add(1, SeqCst);
        Poll::<()>::Pending
    })
    .await;
}
#[tokio::test(start_paused = true)]
async fn a_pending_body_is_polled_once() {
    let _h = virt([registration!(counts_polls)]).start().await.unwrap();
    pass(1000).await;
    assert_eq!(POLLS.load(SeqCst), 1);
}

#[derive(Debug)]
struct BadDrop;
impl std::fmt::Display for BadDrop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bad")
    }
}
impl std::error::Error for BadDrop {}
impl Drop for BadDrop {
    fn drop(&mut self) {
        panic!("drop of error")
    }
}
#[scheduled(every = "1s")]
async fn err_drop() -> Result<(), BadDrop> {
    Err(BadDrop)
}
#[tokio::test(start_paused = true)]
async fn an_error_whose_drop_panics_does_not_silence_its_schedule() {
    let h = virt([registration!(err_drop)]).start().await.unwrap();
    pass(5500).await;
    assert_eq!(h.results().len(), 5);
}

struct PanicsOnDrop;
impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("drop of body")
    }
}
#[task]
async fn cut_and_panics() {
    let _g = PanicsOnDrop;
    std::future::pending::<()>().await;
}
#[tokio::test(start_paused = true)]
async fn a_cut_run_whose_drop_panics_is_named_and_124() {
    let h = virt([registration!(cut_and_panics)]).start().await.unwrap();
    pass(100).await;
    let r = h.shutdown(None).await;
    assert_eq!(r.exit_code(), 124);
    assert_eq!(r.cut().len(), 1);
}

static H: OnceLock<Handle> = OnceLock::new();
struct Val;
impl Drop for Val {
    fn drop(&mut self) {
        if let Some(h) = H.get() {
            let _ = h.running();
        }
        VDROPS.fetch_add(1, SeqCst);
    }
}
static VDROPS: AtomicUsize = AtomicUsize::new(0);
#[task(start = "manual")]
async fn gives() -> Result<Val, std::io::Error> {
    Ok(Val)
}
#[test]
fn a_value_that_nobody_took_is_dropped_outside_of_the_lock() {
    within(5, || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let h = real([registration!(gives)]).start().await.unwrap();
            let _ = H.set(h.clone());
            drop(h.spawn(gives, ()).unwrap());
            pass(200).await;
            drop(h.spawn(gives, ()).unwrap());
        });
    });
}

#[task]
async fn asks(h: Handle) {
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let _ = h.shutdown(None).await;
    });
}
#[tokio::test(start_paused = true)]
async fn teardown_runs_although_a_task_awaits_the_shutdown() {
    let called = Arc::new(AtomicBool::new(false));
    let mut missed = 0;
    for _ in 0..20 {
        called.store(false, SeqCst);
        let c = called.clone();
        let _ = virt([registration!(asks)])
            .state(5u32)
            .setup(async |t| Ok(t))
            .teardown(async move |_| c.store(true, SeqCst))
            .run_until_signal()
            .await
            .unwrap();
        if !called.load(SeqCst) {
            missed += 1;
        }
    }
    assert_eq!(missed, 0, "teardown missed of 20");
}
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teardown_runs_although_a_task_awaits_the_shutdown_on_many_threads() {
    let _turn = SIGNALS.lock().await;
    let mut missed = 0;
    for _ in 0..20 {
        let called = Arc::new(AtomicBool::new(false));
        let c = called.clone();
        let _ = real([registration!(asks)])
            .setup(async |t| Ok(t))
            .teardown(async move |_| c.store(true, SeqCst))
            .run_until_signal()
            .await
            .unwrap();
        if !called.load(SeqCst) {
            missed += 1;
        }
    }
    assert_eq!(missed, 0, "teardown missed of 20");
}

#[task]
async fn needs_u8(State(_x): State<u8>) {}
#[tokio::test(start_paused = true)]
async fn teardown_runs_when_state_is_missing_after_set_up() {
    let called = Arc::new(AtomicBool::new(false));
    let c = called.clone();
    let e = virt([registration!(needs_u8)])
        .setup(async |t| Ok(t))
        .teardown(async move |_| c.store(true, SeqCst))
        .run_until_signal()
        .await
        .unwrap_err();
    assert!(e.is_configuration());
    assert!(called.load(SeqCst), "teardown not called although set-up returned Ok");
}

#[task]
async fn blocks() {
    std::thread::sleep(Duration::from_secs(14));
}
#[test]
fn a_program_without_a_guard_keeps_its_budget_with_blocked_workers() {
    within(20, || {
        let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let took = rt.block_on(async {
            let h =
                real([registration!(blocks)]).shutdown_budget(Duration::from_secs(3)).start().await.unwrap();
            std::thread::sleep(Duration::from_millis(300));
            let t = Instant::now();
            let _ = h.shutdown(None).await;
            t.elapsed()
        });
        rt.shutdown_background();
        assert!(took < Duration::from_millis(3200), "{took:?}");
    });
}

static CALLS: AtomicUsize = AtomicUsize::new(0);
#[task(start = "manual", timeout = "200ms", retry(max = 1, delay = "10ms"))]
fn quick() -> Result<u32, std::io::Error> {
    CALLS.fetch_add(1, SeqCst);
    std::thread::sleep(Duration::from_millis(50));
    Ok(7)
}
#[test]
fn a_plain_fn_that_returned_in_time_has_succeeded_however_late_anybody_looks() {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let h = real([registration!(quick)]).start().await.unwrap();
        let run = h.spawn(quick, ()).unwrap();
        pass(20).await;
        std::thread::sleep(Duration::from_millis(500));
        let _ = run.await;
        assert_eq!(CALLS.load(SeqCst), 1);
    });
}

static N9: AtomicUsize = AtomicUsize::new(0);
#[task]
async fn migrate() -> Result<(), &'static str> {
    if N9.fetch_add(1, SeqCst) == 0 {
        pass(10_000).await;
        Ok(())
    } else {
        Err("manual one fails")
    }
}
#[task(after = "migrate", essential = true)]
async fn serve() {
    std::future::pending::<()>().await;
}
#[tokio::test(start_paused = true)]
async fn a_failing_manual_run_blocks_no_dependant() {
    let h = virt([registration!(migrate), registration!(serve)]).start().await.unwrap();
    pass(1000).await;
    h.trigger("migrate").unwrap();
    pass(1000).await;
    let stopped = tokio::time::timeout(Duration::from_secs(20), h.stopped()).await.is_ok();
    assert!(!stopped, "the program stopped because a manual run failed");
}

static ATT: Mutex<Vec<(u32, &'static str)>> = Mutex::new(Vec::new());
static GO: OnceLock<Arc<tokio::sync::Notify>> = OnceLock::new();
fn go() -> Arc<tokio::sync::Notify> {
    GO.get_or_init(Default::default).clone()
}
#[task(pool = "p", retry(max = 1, delay = "100ms", jitter = "off"))]
async fn b_retries(cx: Context) -> Result<(), &'static str> {
    ATT.lock().unwrap().push((cx.attempt(), "begun"));
    Err("first")
}
#[task(start = "manual", pool = "p")]
async fn a_holds() {
    pass(500).await;
    go().notify_one();
}
#[task(start = "manual")]
async fn c_stops(h: Handle) {
    go().notified().await;
    drop(h.shutdown(None));
}
#[tokio::test(start_paused = true)]
async fn a_granted_retry_begins_no_attempt_once_the_shutdown_began() {
    let h = virt([registration!(b_retries), registration!(a_holds), registration!(c_stops)])
        .pool("p", 1)
        .start()
        .await
        .unwrap();
    h.trigger("c_stops").unwrap();
    pass(10).await;
    h.trigger("a_holds").unwrap();
    pass(1000).await;
    h.stopped().await;
    assert_eq!(ATT.lock().unwrap().len(), 1, "a new attempt began after t0");
}

struct Flag(Arc<AtomicBool>);
impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}
#[task]
async fn nothing(State(_f): State<Arc<Flag>>) {}
#[test]
fn a_dropped_runtime_leaks_no_state() {
    let dropped = Arc::new(AtomicBool::new(false));
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let d = dropped.clone();
    rt.block_on(async move {
        let h = real([registration!(nothing)]).state(Arc::new(Flag(d))).start().await.unwrap();
        pass(100).await;
        assert_eq!(h.results().len(), 1);
    });
    drop(rt);
    std::thread::sleep(Duration::from_millis(200));
    assert!(dropped.load(SeqCst), "the state is leaked");
}

static BEGUN13: AtomicUsize = AtomicUsize::new(0);
#[task(start = "manual", pool = "q", overlap = "allow", on_shutdown = "drop")]
async fn pooled() {
    BEGUN13.fetch_add(1, SeqCst);
    std::future::pending::<()>().await;
}
#[test]
fn shutdown_starts_no_waiting_run() {
    let mut bad = 0;
    let mut notes = vec![];
    for _ in 0..200 {
        BEGUN13.store(0, SeqCst);
        let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        rt.block_on(async {
            let h = real([registration!(pooled)]).pool("q", 1).start().await.unwrap();
            let _ = h.trigger("pooled").unwrap();
            for _ in 0..300 {
                h.trigger("pooled").unwrap();
            }
            let sh = h.shutdown(None);
            let r = sh.await;
            let started = r.results().iter().filter(|x| x.started_at.is_some()).count();
            if BEGUN13.load(SeqCst) > started {
                bad += 1;
                notes.push((BEGUN13.load(SeqCst), started));
            }
        });
    }
    assert_eq!(bad, 0);
}

struct Sub(AtomicUsize, usize, &'static str);
impl tracing::Subscriber for Sub {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        if self.2 == "new" && self.0.fetch_add(1, SeqCst) == self.1 {
            panic!("subscriber")
        }
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {
        if self.2 == "record" && self.0.fetch_add(1, SeqCst) == self.1 {
            panic!("subscriber")
        }
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}
#[scheduled(every = "1s")]
async fn tick_a() {}
#[scheduled(every = "1s")]
async fn tick_b() {}
async fn sub_case(kind: &'static str) -> Vec<usize> {
    let _g = tracing::subscriber::set_default(Sub(AtomicUsize::new(0), 2, kind));
    let h = virt([registration!(tick_a), registration!(tick_b)]).start().await.unwrap();
    pass(20_500).await;
    ["tick_a", "tick_b"].iter().map(|n| h.results().iter().filter(|r| &*r.task == *n).count()).collect()
}
#[tokio::test(start_paused = true)]
async fn a_subscriber_that_panics_in_a_new_span_stops_no_schedule() {
    let c = sub_case("new").await;
    assert!(c.iter().all(|c| *c >= 19), "{c:?}");
}
#[tokio::test(start_paused = true)]
async fn a_subscriber_that_panics_in_a_record_stops_no_schedule() {
    let c = sub_case("record").await;
    assert!(c.iter().all(|c| *c >= 19), "{c:?}");
}

#[derive(Debug)]
struct BadSrc(AtomicUsize);
impl std::fmt::Display for BadSrc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bad")
    }
}
impl std::error::Error for BadSrc {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if self.0.fetch_add(1, SeqCst) > 0 {
            panic!("source")
        }
        None
    }
}
#[scheduled(every = "1s")]
async fn bad_src() -> Result<(), BadSrc> {
    Err(BadSrc(AtomicUsize::new(0)))
}
#[tokio::test(start_paused = true)]
async fn an_error_whose_source_panics_does_not_silence_its_schedule() {
    let h = virt([registration!(bad_src)]).start().await.unwrap();
    pass(5500).await;
    assert_eq!(h.results().len(), 5);
}

#[test]
fn a_program_dropped_in_its_set_up_makes_room_for_another() {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let _turn = SIGNALS.lock().await;
        let first = tokio::time::timeout(
            Duration::from_millis(100),
            real([registration!(tick_a)])
                .setup(async |t| {
                    std::future::pending::<()>().await;
                    Ok(t)
                })
                .run_until_signal(),
        )
        .await;
        assert!(first.is_err());
        let second = real([registration!(tiny)]).exit_when_idle().run_until_signal().await;
        assert!(second.is_ok(), "{second:?}");
    });
}

#[task(start = "manual", overlap = "allow")]
async fn tiny(_h: Handle) {}
#[test]
fn a_program_that_is_over_is_gone() {
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let mut leaked = 0;
    for _ in 0..400 {
        let flag = Arc::new(AtomicBool::new(false));
        let probe = Arc::new(Flag(flag.clone()));
        rt.block_on(async {
            let h =
                real([registration!(tiny)]).register(Registration::new(Probe(probe))).start().await.unwrap();
            for _ in 0..64 {
                h.trigger("tiny").unwrap();
            }
            let _ = h.shutdown(None).await;
        });
        for _ in 0..200 {
            if flag.load(SeqCst) {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        if !flag.load(SeqCst) {
            leaked += 1;
            if leaked > 3 {
                break;
            }
        }
    }
    assert_eq!(leaked, 0);
}
struct Probe(#[expect(dead_code, reason = "held to see when it is dropped")] Arc<Flag>);
impl tasks_runtime::Task for Probe {
    fn definition(&self) -> Definition<'_> {
        Definition {
            name: "probe",
            description: "",
            location: Location { file: "x.rs", line: 1, module_path: "x" },
            body: BodyKind::Async,
            scheduled: false,
            options: {
                let mut o = policy::Options::NONE;
                o.start = Some(policy::Start::Manual);
                o
            },
        }
    }
    fn run(&self, _: Context) -> TaskFuture {
        Box::pin(async { Ok(()) })
    }
}

#[task]
async fn deaf18() {
    std::future::pending::<()>().await;
}
#[tokio::test(start_paused = true)]
async fn a_budget_shortened_into_the_past_still_drops_before_it_abandons() {
    let h = virt([registration!(deaf18)]).start().await.unwrap();
    pass(10).await;
    drop(h.shutdown(None));
    pass(2500).await;
    let r = h.shutdown(Duration::from_secs(2)).await;
    assert_eq!(r.cut()[0].outcome, Outcome::Interrupted);
}
static CX: Mutex<Option<Context>> = Mutex::new(None);
#[task]
async fn keeps(cx: Context) {
    *CX.lock().unwrap() = Some(cx);
}
#[tokio::test(start_paused = true)]
async fn a_context_is_cancelled_once_its_run_is_over() {
    let h = virt([registration!(keeps)]).start().await.unwrap();
    pass(10).await;
    assert_eq!(h.results().len(), 1);
    let cx = CX.lock().unwrap().clone().unwrap();
    let _ = h.shutdown(None).await;
    assert!(tokio::time::timeout(Duration::from_secs(100), cx.cancelled()).await.is_ok());
}
struct PanicVal;
impl Drop for PanicVal {
    fn drop(&mut self) {
        panic!("value")
    }
}
#[task(start = "manual", overlap = "skip")]
async fn gives_panic() -> Result<PanicVal, std::io::Error> {
    Ok(PanicVal)
}
#[task(start = "manual", overlap = "skip")]
async fn other20() {}
#[tokio::test(start_paused = true)]
async fn a_value_whose_drop_panics_harms_no_other_task() {
    let h = virt([registration!(gives_panic), registration!(other20)]).start().await.unwrap();
    drop(h.spawn(gives_panic, ()).unwrap());
    pass(10).await;
    let h2 = h.clone();
    let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| h2.trigger("other20").is_ok()));
    pass(10).await;
    assert!(r.is_ok());
}
#[test]
fn a_handle_learns_that_the_runtime_was_dropped() {
    within(5, || {
        let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let h = rt.block_on(async { real([registration!(tick_a)]).start().await.unwrap() });
        drop(rt);
        let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        rt.block_on(h.stopped());
    });
}

static A22: AtomicUsize = AtomicUsize::new(0);
#[task(pool = "w", deadline = "1s", grace = "100ms", retry(max = 3, delay = "100ms", jitter = "off"))]
async fn d22() -> Result<(), &'static str> {
    A22.fetch_add(1, SeqCst);
    Err("first")
}
#[task(start = "manual", pool = "w")]
async fn hold22() {
    pass(60_000).await;
}
#[tokio::test(start_paused = true)]
async fn a_deadline_holds_while_a_run_waits_for_its_place() {
    let h = virt([registration!(d22), registration!(hold22)]).pool("w", 1).start().await.unwrap();
    pass(10).await;
    h.trigger("hold22").unwrap();
    pass(30_000).await;
    pass(40_000).await;
    let r = h.results().into_iter().find(|r| &*r.task == "d22").unwrap();
    assert!(r.duration <= Duration::from_millis(1100), "{:?}", r.duration);
}
static C23: AtomicUsize = AtomicUsize::new(0);
#[task(start = "manual", timeout = "200ms", retry(max = 1, delay = "10ms"))]
fn slow23() -> Result<(), std::io::Error> {
    C23.fetch_add(1, SeqCst);
    std::thread::sleep(Duration::from_millis(300));
    Ok(())
}
#[test]
fn a_plain_fn_that_returned_late_is_not_run_again() {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let h = real([registration!(slow23)]).start().await.unwrap();
        let run = h.spawn(slow23, ()).unwrap();
        pass(20).await;
        std::thread::sleep(Duration::from_millis(500));
        let _ = run.await;
        assert_eq!(C23.load(SeqCst), 1);
    });
}
