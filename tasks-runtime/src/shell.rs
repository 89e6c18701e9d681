//! The shell around the engine: lock, clock, timer, and the effects.
//!
//! Whoever has news takes the lock, tells [`Core`], and carries out what it
//! asks for after the lock is released: spawning, waking, telling observers.
//! One Tokio task sleeps until the engine's next moment; the guard's thread
//! looks at the clock too, so that a shutdown goes on without Tokio.

use std::{
    any::Any,
    cell::Cell,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::Thread,
    time::{Duration, Instant},
};

use tasks_core::{
    __private::{Begun, ChildFuture, Host, RunCell, RunFacts},
    Context, RunId, States,
};
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
    time::{timeout, timeout_at},
};

use crate::{
    around::{self, Hooks},
    clock::{Clock, Mono, Now},
    ends::{Ends, RunEnd},
    engine::{Action, Core, Mode},
    event::{Event, EventKind, StopCause},
    guard::{Closer, Guard},
    log,
    observe::Observers,
    panic::{self, EarlierHook, PanicInfo, catch},
    plan::{Plan, Planned},
    probe::Probe,
    pullers::{self, Batch, Pullers},
    run::{AttemptEnd, ChildTask, Command},
    stamp::{self, Watch},
    threads,
};

thread_local! {
    /// An empty buffer for actions, to be used again.
    static SPARE: Cell<Vec<Action>> = const { Cell::new(Vec::new()) };
}

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
    core: Mutex<Core>,
    ends: Ends,
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
    pullers: Pullers,
    /// Shared parts of runs that are over, to be used again.
    spare_cells: Mutex<Vec<Arc<RunCell>>>,
}

/// How long the end of a program waits for those who still tell the last ends.
/// An observer that hangs must not hold it up.
pub(crate) const TELLING: Duration = Duration::from_millis(100);

/// A longer buffer for actions is not kept.
const MAX_SPARE_ACTIONS: usize = 4096;

/// More spare cells than this are not kept: a burst of runs is no reason to
/// hold its memory for ever.
const MAX_SPARE_CELLS: usize = 1024;

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lock().fmt(f)
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
        Arc::new_cyclic(|this: &Weak<Self>| {
            let make_cell = {
                let this = Weak::clone(this);
                Box::new(move |facts: RunFacts| {
                    let shared = this.upgrade().expect("invariant: the engine is used through its shell");
                    shared.make_cell(facts)
                })
            };
            let host: Weak<dyn Host> = Weak::<Self>::clone(this);
            let in_poll = {
                let this = Weak::clone(this);
                Box::new(move |run| this.upgrade()?.in_poll_for(run))
            };
            Self {
                this: Weak::clone(this),
                core: Mutex::new(Core::new(plan, mode, host, make_cell, in_poll, fastrand::Rng::new())),
                ends: Ends::default(),
                clock,
                tokio: tokio::runtime::Handle::current(),
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
                pullers: Pullers::default(),
                spare_cells: Mutex::default(),
            }
        })
    }

    fn make_cell(&self, facts: RunFacts) -> Arc<RunCell> {
        let spare = self.spare_cells.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(mut cell) = spare
            && let Some(unused) = Arc::get_mut(&mut cell)
        {
            unused.renew(facts);
            return cell;
        }
        Arc::new(RunCell::new(facts))
    }

    /// Keeps the cell of a run that is over for the next one. If a body left a
    /// clone of its context somewhere, the cell stays with that.
    pub(crate) fn recycle(&self, cell: &mut Arc<RunCell>) {
        let Some(unused) = Arc::get_mut(cell) else { return };
        // A value that nobody took is dropped here, and its `Drop` may panic.
        if catch(self.earlier_hook, || unused.clear()).is_err() {
            return;
        }
        let mut spare = self.spare_cells.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < MAX_SPARE_CELLS {
            spare.push(Arc::clone(cell));
        }
    }

    /// Lets go of the cell of a run that never started. Whoever awaits it may
    /// still have it, but not what belongs to the run.
    fn discard(&self, cell: &mut Arc<RunCell>) {
        // The input's `Drop` may panic.
        let _ = catch(self.earlier_hook, || drop(cell.take_input()));
        cell.close();
        self.recycle(cell);
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

    /// Tells the engine something, and carries out what follows from it.
    pub(crate) fn with<R>(&self, tell: impl FnOnce(&mut Core, Now) -> R) -> R {
        let mut core = self.lock();
        let (now, has_ended) = self.catch_up(&mut core);
        let result = tell(&mut core, now);
        self.carry_out(core, now, has_ended);
        if pullers::take_has_spawned() {
            // This thread may go on with what the caller does, and a worker keeps
            // to itself what was made ready last: so that is not a run of others.
            self.spawn_boxed(Box::pin(async {}));
        }
        result
    }

    /// Says that a run is over. It never waits for the lock: if somebody has
    /// it, that thread accounts for the run too.
    pub(crate) fn run_ended(&self, cell: &RunCell, end: AttemptEnd, attempts: u32, now: Now) {
        let run = cell.id();
        if let Some(mut core) = self.try_lock() {
            // Those that are over already came first.
            let last = self.take_ends(&mut core);
            core.ended(run, end, attempts, now);
            let now = last.filter(|last| last.mono > now.mono).unwrap_or(now);
            return self.carry_out(core, now, true);
        }
        self.ends.push(RunEnd { run, end, attempts, now });
        self.account_for_ends();
    }

    /// Says that one of many runs is over, each of which takes a moment only. It
    /// may wait a little for the next ones, or for whoever comes by: so the
    /// engine does not go from one thread to another for each. Whoever calls
    /// this calls [`account_for_ends`](Self::account_for_ends) soon.
    pub(crate) fn one_of_many_ended(&self, cell: &RunCell, end: AttemptEnd, attempts: u32, now: Now) {
        if self.ends.push(RunEnd { run: cell.id(), end, attempts, now }) {
            self.account_for_ends();
        }
    }

    /// Accounts for the ends that were written down, unless somebody has the
    /// lock: whoever has it looks for ends once more when it has released it.
    /// Returns whether it had the lock itself.
    pub(crate) fn account_for_ends(&self) -> bool {
        let Some(mut core) = self.try_lock() else { return false };
        if let Some(now) = self.take_ends(&mut core) {
            self.carry_out(core, now, true);
        }
        true
    }

    /// Whether there may be any.
    pub(crate) fn has_ends(&self) -> bool {
        self.ends.may_be_any()
    }

    fn try_lock(&self) -> Option<MutexGuard<'_, Core>> {
        match self.core.try_lock() {
            Ok(core) => Some(core),
            Err(TryLockError::Poisoned(core)) => Some(core.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Brings the engine to what is now, before it is told anything. Returns
    /// whether any run has ended.
    fn catch_up(&self, core: &mut Core) -> (Now, bool) {
        let now = self.clock.now();
        // What is over is over for whoever asks now.
        let last = self.take_ends(core);
        (now, last.is_some())
    }

    /// Accounts for runs that are over. Returns when the last of them ended.
    /// Each has read the clock, so nobody else has to.
    fn take_ends(&self, core: &mut Core) -> Option<Now> {
        core.set_observed(self.observers.is_anybody());
        let mut last: Option<Now> = None;
        self.ends.take(|RunEnd { run, end, attempts, now }| {
            core.ended(run, end, attempts, now);
            last = last.filter(|last| last.mono >= now.mono).or(Some(now));
        });
        last
    }

    /// Releases the engine and does what it asked for. `has_ended` says that it
    /// accounted for runs that may be those of others.
    fn carry_out<'a>(&'a self, mut core: MutexGuard<'a, Core>, mut now: Now, mut has_ended: bool) {
        let (mut actions, mut is_earlier) = (SPARE.try_with(Cell::take).unwrap_or_default(), false);
        let mut is_telling = false;
        loop {
            let wake = core.next_wake(now);
            // Compared and set under the lock, so that the timer task, which
            // sets it there too, cannot miss an earlier moment.
            if wake.0 < self.armed.load(Ordering::Relaxed) {
                self.armed.store(wake.0, Ordering::Relaxed);
                is_earlier = true;
            }
            actions = core.take_actions_behind(actions);
            // Noted before anybody else can find that all is over.
            if !is_telling && actions.iter().any(Action::is_told) {
                is_telling = true;
                self.performing.fetch_add(1, Ordering::AcqRel);
            }
            drop(core);
            // Ends that came meanwhile wait for nothing that is done below,
            // which may be foreign code. Where somebody has the lock again, it
            // is for that thread to look.
            match self.ends.is_any().then(|| self.try_lock()).flatten() {
                Some(locked) => core = locked,
                None => break,
            }
            if let Some(last) = self.take_ends(&mut core) {
                (now, has_ended) = (if last.mono > now.mono { last } else { now }, true);
            }
        }
        let mut batch = Batch::of(&actions);
        for action in actions.drain(..) {
            if has_ended && matches!(action, Action::Start(_) | Action::Deliver(..)) {
                pullers::note_spawned();
            }
            // A waker is foreign code: its panic must not cost the other actions.
            let _ = catch_unwind(AssertUnwindSafe(|| self.perform(action, &mut batch, now)));
        }
        if let Some(shared) = batch.is_any().then(|| self.this.upgrade()).flatten() {
            let _ = catch_unwind(AssertUnwindSafe(|| batch.start(&shared)));
        }
        if is_telling {
            self.performing.fetch_sub(1, Ordering::AcqRel);
        }
        if actions.capacity() <= MAX_SPARE_ACTIONS {
            // A thread that is ending has nothing to keep.
            let _ = SPARE.try_with(|spare| spare.set(actions));
        }
        if is_earlier {
            self.timer.notify_one();
        }
    }

    /// Looks at the engine without telling it anything.
    #[cfg(feature = "testing")]
    pub(crate) fn peek<R>(&self, look: impl FnOnce(&Core) -> R) -> R {
        look(&self.lock())
    }

    /// `now` is when the engine asked for it.
    fn perform(&self, action: Action, batch: &mut Batch, now: Now) {
        match action {
            Action::Start(wanted) => {
                if let Some(wanted) = batch.put_off(wanted) {
                    pullers::start(self, wanted);
                }
            }
            Action::Tell(cell, command) => command.give(&cell),
            Action::TellAll(runs) => {
                for (cell, command) in runs {
                    // As above: the others must hear of it.
                    let _ = catch_unwind(AssertUnwindSafe(|| command.give(&cell)));
                }
            }
            Action::Wake(cell) => cell.wake(),
            Action::Discard(mut cell) => self.discard(&mut cell),
            Action::LetGo(task) => {
                self.observers.task_left(&task.name);
                // The last of it may be dropped here, and its `Drop` may panic.
                drop(catch(self.earlier_hook, || drop(task)));
            }
            Action::Emit(event) => self.emit(event, now),
            Action::Deliver(cell, result) => cell.tell_end(Some(Box::new(result))),
            Action::ShutdownBegan => {
                self.phase.send_modify(|phase| *phase = (*phase).max(Phase::Stopping));
                self.tell_guard();
            }
            Action::Ended => {
                self.phase.send_replace(Phase::Over);
                let watch = self.watch().take();
                drop(watch);
                if let Some(keeper) = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    keeper.unpark();
                }
                self.timer.notify_one();
            }
        }
    }

    fn tell_guard(&self) {
        if let Some(watch) = &*self.watch() {
            watch.look();
        }
        let Some(guard) = self.guard.get() else {
            self.keep_budget_on_a_thread();
            return;
        };
        let ending = self.lock().ending().map(|ending| (ending.t0, ending.budget, ending.essential_failed));
        // As does whoever has had the lock.
        if self.has_ends() {
            self.account_for_ends();
        }
        if let Some((t0, budget, essential_failed)) = ending {
            guard.begin(self.clock.instant(t0).into_std(), budget);
            if essential_failed {
                guard.set_exit_code(1);
            }
        }
    }

    /// Looks at the clock at each step of the shutdown from a thread of its
    /// own, where there is no guard to do it: Tokio's timers stand still when
    /// every worker is blocked. The thread ends with the shutdown.
    fn keep_budget_on_a_thread(&self) {
        let Some(shared) = self.this.upgrade().filter(|_| !self.clock.is_virtual()) else { return };
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keeper) = &*keeper {
            // The budget may have been shortened.
            keeper.unpark();
            return;
        }
        let keep = move || {
            while !shared.is_over() {
                let wake = shared.tick();
                std::thread::park_timeout(wake.since(shared.clock.mono()));
            }
            shared.say_last_words_unless_awaited();
        };
        // Without a thread to spare Tokio's timers have to do.
        *keeper = threads::start("tasks-shutdown", Box::new(keep)).ok();
    }

    /// Tells the observers, on this thread.
    pub(crate) fn emit(&self, event: EventKind, now: Now) {
        self.observers.tell(Event::new(event, now), self.earlier_hook);
    }

    pub(crate) fn observers(&self) -> &Observers {
        &self.observers
    }

    /// Looks at the clock. Returns when to look again.
    pub(crate) fn tick(&self) -> Mono {
        self.tick_at().0
    }

    /// The same. Returns at what moment it looked, too.
    fn tick_at(&self) -> (Mono, Mono) {
        self.with(|core, now| {
            let wake = core.tick(now);
            self.armed.store(wake.0, Ordering::Relaxed);
            (wake, now.mono)
        })
    }

    /// Sleeps from one moment of the engine to the next, until all is over.
    pub(crate) fn keep_time(self: Arc<Self>) -> impl Future<Output = ()> + Send + 'static {
        // Made before the first poll, which may never come. It is dropped
        // before the end only when the Tokio runtime is.
        let alive = self.probe.alive();
        let runtime = StopOnDrop(self);
        async move {
            let _alive = alive;
            let shared = &runtime.0;
            while !shared.is_over() {
                let (wake, now) = shared.tick_at();
                if wake <= now {
                    // There was more due than is served at once.
                    shared.let_runs_begin().await;
                    continue;
                }
                let notified = shared.timer.notified();
                if wake == Mono::NEVER {
                    notified.await;
                } else {
                    // Either end leads to another look at the clock.
                    let _ = timeout_at(shared.clock.instant(wake), notified).await;
                }
            }
            shared.say_last_words_unless_awaited();
        }
    }

    /// Gives way to the runs that were started, and for a moment to all that
    /// wait for their first poll when those are many: they begin where they are
    /// due, and their memory can be used again. Bodies that hold every thread
    /// hold up no firing by more than that.
    async fn let_runs_begin(&self) {
        const MOMENT: Duration = Duration::from_millis(1);
        match self.pullers.is_behind() && !self.clock.is_virtual() {
            true => drop(timeout(MOMENT, self.pullers.caught_up()).await),
            false => pullers::give_way().await,
        }
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

    pub(crate) fn set_alarm(&self, cell: &RunCell, at: Mono) {
        self.with(|core, _| core.set_alarm(cell.id(), at));
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

struct StopOnDrop(Arc<Shared>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if !self.0.is_over() {
            self.0.stop(StopCause::RuntimeDropped, None);
        }
    }
}

impl Host for Shared {
    fn ready(&self, cell: &Arc<RunCell>) {
        self.with(|core, now| core.ready(cell.id(), now));
    }

    fn previous_success(&self, cell: &RunCell) -> Option<jiff::Timestamp> {
        self.with(|core, _| core.previous_success(cell.id()))
    }

    fn instant(&self, mono: u64) -> tokio::time::Instant {
        self.clock.instant(Mono(mono))
    }

    fn states(&self) -> Arc<States> {
        self.states_slot().clone().unwrap_or_default()
    }

    fn tie(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        // A subscriber is foreign code; its panic costs the span, not the run.
        let span = catch_unwind(tracing::Span::current).ok()?;
        if span.is_none() { None } else { Some(Arc::new(span)) }
    }

    fn body_returned(&self, cell: &RunCell) {
        cell.set_returned(self.clock.mono().0);
    }

    fn spawn_child(&self, cell: &Arc<RunCell>, number: u64, child: ChildFuture) -> AbortHandle {
        let shared = self.this.upgrade().expect("invariant: a body is run by a program that is there");
        self.tokio.spawn(ChildTask::new(shared, Arc::clone(cell), number, child)).abort_handle()
    }

    fn panicked(&self, cell: &RunCell, panic: Box<dyn Any + Send>) {
        cell.set_panic(panic);
        Command::Panicked.give(cell);
    }

    fn on_thread(&self, cell: &RunCell, tie: Option<Arc<dyn Any + Send + Sync>>, work: &mut dyn FnMut()) {
        self.probe.on_thread();
        let span = tie.and_then(|span| span.downcast::<tracing::Span>().ok());
        let _entered = span.as_ref().map(|span| span.enter());
        let end = self.in_poll(cell, work);
        // The caller catches the panic itself; this catch only notes its place.
        if let Err(panic) = end {
            std::panic::resume_unwind(Box::new(panic));
        }
    }
}

impl Closer for Shared {
    fn stop(&self, signal: i32, t0: Instant) {
        self.with(|core, now| {
            let t0 = self.clock.mono_of(t0.into());
            let budget = core.plan.budget;
            core.stop(StopCause::Signal(signal), t0, budget, now);
        });
    }

    fn drain_over(&self) {
        self.tick();
    }

    fn abandon(&self) {
        self.with(Core::abandon);
        self.say_last_words(self.tearing_down.load(Ordering::Acquire));
        log::flush(Duration::from_millis(100));
    }
}
