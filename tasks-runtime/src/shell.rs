//! The shell around the engine: lock, clock, timer, and the effects.
//!
//! Whoever has news takes the lock, tells [`Core`], and carries out what it
//! asks for after the lock is released: spawning, waking, telling observers.
//! One Tokio task sleeps until the engine's next moment; the guard's thread
//! looks at the clock too, so that a shutdown goes on without Tokio.
//!
//! In here is what a program has and is asked; `telling` has the lock and the
//! effects, `time` the timer, and `host` what runs and the guard call.

mod host;
mod telling;
mod time;

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::Thread,
    time::{Duration, Instant},
};

use tasks_core::{
    __private::{Begun, Host, RunCell, RunFacts},
    Context, RunId, States,
};
use tokio::sync::{Notify, watch};

use crate::{
    apart::Apart,
    around::{self, Hooks},
    clock::{Clock, Mono, Now},
    engine::{Core, Mode},
    event::{Event, EventKind, StopCause},
    guard::Guard,
    inbox::Inbox,
    observe::Observers,
    panic::{self, EarlierHook, PanicInfo},
    plan::{Plan, Planned},
    probe::Probe,
    pullers::Pullers,
    run::AttemptEnd,
    spare_cells::SpareCells,
    stamp::{self, Watch},
};

/// How far a program has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    Stopping,
    Over,
}

/// A running program.
pub(crate) struct Shared {
    this: Weak<Shared>,
    core: Apart<Mutex<Core>>,
    inbox: Apart<Inbox>,
    clock: Clock,
    tokio: tokio::runtime::Handle,
    /// Given when set-up is over, taken away when the program is.
    states: Mutex<Option<Arc<States>>>,
    /// When the timer task will look at the clock.
    armed: AtomicU64,
    timer: Notify,
    phase: watch::Sender<Phase>,
    guard: OnceLock<Guard>,
    watch: Mutex<Option<Watch>>,
    observers: Observers,
    hooks: Arc<Hooks>,
    probe: Probe,
    earlier_hook: EarlierHook,
    /// Whether the last words were said. Held while they are, so that nobody
    /// ends the process between the decision to say them and the event.
    last_words: Mutex<bool>,
    /// The teardown is under way.
    tearing_down: AtomicBool,
    /// `run_until_signal` ends the program; a handle only waits for that.
    is_run_to_its_end: AtomicBool,
    /// The thread that keeps the budget where there is no guard.
    keeper: Mutex<Option<Thread>>,
    /// Threads that tell somebody something right now.
    performing: AtomicUsize,
    pullers: Apart<Pullers>,
    spare_cells: Arc<Apart<SpareCells>>,
}

/// How long the end of a program waits for those who still tell the last ends.
/// An observer that hangs must not hold it up.
pub(crate) const TELLING: Duration = Duration::from_millis(100);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look(|core| core.fmt(f))
    }
}

impl Shared {
    pub(crate) fn new(
        plan: Arc<Plan>,
        mode: Mode,
        clock: Clock,
        earlier_hook: EarlierHook,
        observers: Observers,
        hooks: Hooks,
        probe: Probe,
    ) -> Arc<Self> {
        let spare_cells = Arc::new(Apart(SpareCells::default()));
        let make_cell = {
            let spare_cells = Arc::clone(&spare_cells);
            Box::new(move |facts: RunFacts| spare_cells.make(facts))
        };
        let tokio = tokio::runtime::Handle::current();
        let may_linger = tokio.metrics().num_workers() > 1 && !clock.is_virtual();
        Arc::new_cyclic(|this: &Weak<Self>| {
            let host: Weak<dyn Host> = Weak::<Self>::clone(this);
            let in_poll = {
                let this = Weak::clone(this);
                Box::new(move |run| this.upgrade()?.in_poll_for(run))
            };
            Self {
                this: Weak::clone(this),
                core: Apart(Mutex::new(Core::new(
                    plan,
                    mode,
                    host,
                    make_cell,
                    in_poll,
                    fastrand::Rng::new(),
                ))),
                inbox: Apart::default(),
                clock,
                tokio,
                states: Mutex::new(None),
                armed: AtomicU64::new(Mono::NEVER.0),
                timer: Notify::new(),
                phase: watch::Sender::new(Phase::Running),
                guard: OnceLock::new(),
                watch: Mutex::new(None),
                observers,
                hooks: Arc::new(hooks),
                probe,
                earlier_hook,
                last_words: Mutex::new(false),
                tearing_down: AtomicBool::new(false),
                is_run_to_its_end: AtomicBool::new(false),
                keeper: Mutex::new(None),
                performing: AtomicUsize::new(0),
                pullers: Apart(Pullers::new(may_linger)),
                spare_cells,
            }
        })
    }

    /// Keeps the cell of a run that is over for the next one.
    pub(crate) fn recycle(&self, cell: &mut Arc<RunCell>) {
        self.spare_cells.keep(cell, self.earlier_hook);
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn probe(&self) -> &Probe {
        &self.probe
    }

    pub(crate) fn this(&self) -> Option<Arc<Self>> {
        self.this.upgrade()
    }

    pub(crate) fn pullers(&self) -> &Pullers {
        &self.pullers
    }

    /// Gives Tokio something of the framework's to poll. After the end of the
    /// Tokio runtime it is dropped at once.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.tokio.spawn(future);
    }

    /// As [`spawn`](Self::spawn), for what is spawned rarely: Tokio's part of a
    /// task is compiled for each kind of future, and this is one kind.
    pub(crate) fn spawn_boxed(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.tokio.spawn(future);
    }

    pub(crate) fn guard(&self) -> Option<&Guard> {
        self.guard.get()
    }

    pub(crate) fn set_guard(&self, guard: Guard) {
        // There is one guard for each program, set before anything can ask for it.
        let _ = self.guard.set(guard);
    }

    /// Gives the state to the runs to come. Called once, before the first.
    pub(crate) fn set_states(&self, states: States) {
        self.keep_states(Some(Arc::new(states)));
    }

    pub(crate) fn keep_states(&self, states: Option<Arc<States>>) {
        *self.states_slot() = states;
    }

    fn states_slot(&self) -> MutexGuard<'_, Option<Arc<States>>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the state away from the runs, which are all over. Whoever drops it
    /// runs the `Drop` of the application's values on its own thread, so that
    /// they are not cut by the end of the process.
    pub(crate) fn take_states(&self) -> Option<Arc<States>> {
        self.states_slot().take()
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        // No code of a user's runs under the lock, so a poisoned one is as good as any.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the engine, and tells it nothing of its own.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&Core) -> R) -> R {
        let seen = look(&self.lock());
        // As does whoever has had the lock.
        if self.inbox.is_time_meanwhile() {
            self.read_inbox();
        }
        seen
    }

    /// Tells the observers, on this thread.
    pub(crate) fn emit(&self, event: EventKind, now: Now) {
        self.observers.tell(Event::new(event, now), self.earlier_hook);
    }

    pub(crate) fn observers(&self) -> &Observers {
        &self.observers
    }

    /// Watches for threads that do not come back; not under virtual time,
    /// which stands still while a thread is blocked.
    pub(crate) fn watch_threads(&self) {
        let this = Weak::clone(&self.this);
        let watch = Watch::start(Duration::from_secs(1), move |run, in_poll| {
            if let Some(shared) = this.upgrade() {
                shared.with(|core, now| core.long_poll(run, in_poll, now));
            }
        });
        // Without a thread to spare the program runs all the same, and stuck
        // runs are named at shutdown only.
        if let Ok(watch) = watch {
            *self.watch() = Some(watch);
            if self.is_over() {
                // It ended meanwhile, and whoever ended it found no watch to take.
                let watch = self.watch().take();
                drop(watch);
            }
        }
    }

    fn watch(&self) -> MutexGuard<'_, Option<Watch>> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn in_poll_for(&self, run: RunId) -> Option<Duration> {
        self.watch().as_ref()?.in_poll(run)
    }

    /// Whether any thread still tells somebody what the engine asked for.
    pub(crate) fn is_performing(&self) -> bool {
        self.performing.load(Ordering::Acquire) > 0
    }

    pub(crate) fn is_over(&self) -> bool {
        *self.phase.borrow() == Phase::Over
    }

    /// Whether a shutdown has begun.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.phase.borrow() >= Phase::Stopping
    }

    /// Waits until nothing is left to wait for.
    pub(crate) async fn wait_over(&self) {
        self.wait_for(Phase::Over).await;
    }

    /// Waits until a shutdown has begun.
    pub(crate) async fn wait_stopping(&self) {
        self.wait_for(Phase::Stopping).await;
    }

    async fn wait_for(&self, phase: Phase) {
        // The sender lives in `self`, so it is not gone.
        let _ = self.phase.subscribe().wait_for(|now| *now >= phase).await;
    }

    /// Begins the shutdown.
    pub(crate) fn stop(&self, cause: StopCause, budget: Option<Duration>) {
        self.with(|core, now| {
            let budget = budget.unwrap_or(core.plan.budget);
            core.stop(cause, now.mono, budget, now);
        });
    }

    /// Calls a piece of a body, stamped and with its panics caught.
    pub(crate) fn in_poll<R>(&self, cell: &RunCell, poll: impl FnOnce() -> R) -> Result<R, PanicInfo> {
        panic::returned_in(poll, |work| self.stamped(cell.id(), work))
    }

    fn stamped(&self, run: RunId, work: &mut dyn FnMut()) -> Result<(), PanicInfo> {
        stamp::during(run, || panic::run(self.earlier_hook, work))
    }

    /// Begins an attempt of a task inside all of the hooks. With no hook it is
    /// the body itself, and costs nothing more.
    pub(crate) fn attempt(&self, task: &Arc<Planned>, cx: Context) -> (Begun, Option<Arc<AtomicBool>>) {
        if self.hooks.is_empty() {
            return (self.probe.begin(task, cx), None);
        }
        let hooks = Arc::clone(&self.hooks);
        let around = around::wrap(hooks, Arc::clone(task), self.probe.clone(), cx, self.earlier_hook);
        (Begun::Future(around.future), Some(around.body_is_over))
    }

    pub(crate) fn child_panicked(&self, cell: &RunCell, panic: PanicInfo) {
        Host::panicked(self, cell, Box::new(panic));
    }

    pub(crate) fn child_ended(&self, cell: &RunCell, number: u64) {
        if cell.returned().is_some() {
            // The body is over when its last child is.
            cell.set_returned(self.clock.mono().0);
        }
        cell.child_ended(number);
    }

    pub(crate) fn retry_waits(&self, cell: &RunCell, end: AttemptEnd, attempt: u32, delay: Duration) -> bool {
        self.with(|core, now| core.retry_waits(cell.id(), end, attempt, delay, now))
    }

    pub(crate) fn retry_is_due(&self, cell: &RunCell) -> bool {
        self.with(|core, now| core.retry_is_due(cell.id(), now))
    }

    pub(crate) fn set_tearing_down(&self, tearing_down: bool) {
        self.tearing_down.store(tearing_down, Ordering::Release);
    }

    /// Says that `run_until_signal` tears down and says the last words.
    pub(crate) fn run_to_its_end(&self) {
        self.is_run_to_its_end.store(true, Ordering::Release);
    }

    pub(crate) fn is_run_to_its_end(&self) -> bool {
        self.is_run_to_its_end.load(Ordering::Acquire)
    }

    /// Says how the shutdown went where nobody may be there to do it: of a
    /// program that was started and whose end nobody waits for.
    fn say_last_words_unless_awaited(&self) {
        if self.is_run_to_its_end() {
            return;
        }
        // As in `drained`, for those who still tell the last ends.
        let patience = Instant::now() + TELLING;
        while self.is_performing() && Instant::now() < patience {
            std::thread::yield_now();
        }
        self.say_last_words(false);
    }

    /// Says once how the shutdown went, whoever comes to say it first.
    pub(crate) fn say_last_words(&self, teardown_was_cut: bool) {
        let mut said = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut *said, true) {
            return;
        }
        let event = self.with(|core, now| {
            let ending = core.ending()?;
            let event = EventKind::ShutdownEnded {
                clean: ending.cuts.is_empty() && !ending.essential_failed && !teardown_was_cut,
                cut: ending.cuts(),
                took: now.mono.since(ending.t0),
            };
            Some((event, now))
        });
        if let Some((event, now)) = event {
            self.emit(event, now);
        }
    }
}
