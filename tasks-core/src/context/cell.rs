//! The part of a run that its body, its supervisor and the runtime share.
//!
//! Not public API: `tasks-runtime` makes one for each run, and [`Context`](super::Context)
//! is the face that users see.

use std::{
    any::Any,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering},
    },
    task::Waker,
};

use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use super::{
    Progress, RunId,
    children::{ChildFuture, Children},
};
use crate::{
    extract::{Given, States},
    outcome::Trigger,
};

/// What the runtime does for a body.
pub trait Host: Any + Send + Sync {
    /// The body said that it has started up.
    fn ready(&self, cell: &Arc<RunCell>);

    /// Returns when a run of the task last succeeded; nothing once the run is over.
    fn previous_success(&self, cell: &RunCell) -> Option<jiff::Timestamp>;

    /// Returns the application's state; nothing once the program is over.
    fn states(&self) -> Arc<States>;

    /// Returns what ties the work of a run to the code that asked for it, such
    /// as a span.
    fn tie(&self) -> Option<Arc<dyn Any + Send + Sync>>;

    /// Does a piece of the run's work on the thread of the caller, a thread of
    /// the blocking pool, and passes a panic of it on.
    fn on_thread(&self, cell: &RunCell, tie: Option<Arc<dyn Any + Send + Sync>>, work: &mut dyn FnMut());

    /// The closure that is a whole body came back from its thread.
    fn body_returned(&self, cell: &RunCell);

    /// Polls a child of the run until it is over or told to abort, and then
    /// says so by [`RunCell::child_ended`], once.
    fn spawn_child(&self, cell: &Arc<RunCell>, number: u64, child: ChildFuture) -> AbortHandle;

    /// A piece of the run's work panicked, and nobody awaits it.
    fn panicked(&self, cell: &RunCell, panic: Box<dyn Any + Send>);
}

/// The facts of a run, fixed when it is made.
#[derive(Debug)]
pub struct RunFacts {
    /// Its id.
    pub id: RunId,
    /// The name of its task.
    pub task: Arc<str>,
    /// Why it exists.
    pub trigger: Trigger,
    /// The due instant of a scheduled run.
    pub scheduled_at: Option<jiff::Timestamp>,
}

/// One run.
pub struct RunCell {
    facts: RunFacts,
    /// None between two runs: a spare cell keeps nothing alive.
    host: Option<Arc<dyn Host>>,
    /// Closures on the blocking pool that have not come back.
    pub(super) threads: AtomicU32,
    /// Children that are not over.
    children: AtomicU32,
    /// What the engine told the run, as bits.
    commands: AtomicU8,
    /// When the first attempt was first polled: nanoseconds of the engine's
    /// monotonic clock, and the wall clock.
    started: OnceLock<(u64, jiff::Timestamp)>,
    /// Past this moment of the engine's monotonic clock a thread that is still
    /// inside the run is stuck.
    stuck_after: AtomicU64,
    /// When a closure of this attempt came back from the blocking pool.
    returned: AtomicU64,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    /// The attempt that `token` belongs to. A body asks by its own number, so
    /// that a forgotten clone of an earlier attempt never sees a fresh token.
    attempt: u32,
    token: Option<CancellationToken>,
    cancelled: bool,
    /// Wakes the supervisor of the run.
    waker: Option<Waker>,
    output: Option<Arc<dyn Any + Send + Sync>>,
    input: Option<Given>,
    progress: Option<Progress>,
    /// Made for the first child; most runs have none.
    children: Option<Box<Children>>,
    /// The attempt that was begun last takes no children any more.
    is_closed: bool,
    /// Another attempt may follow the one that was begun last.
    may_try_again: bool,
    /// What the runtime wants at hand on the threads of the run.
    attachment: Option<Arc<dyn Any + Send + Sync>>,
}

impl RunCell {
    /// Makes the cell of a new run.
    pub fn new(facts: RunFacts, host: Arc<dyn Host>) -> Self {
        Self {
            facts,
            host: Some(host),
            threads: AtomicU32::new(0),
            children: AtomicU32::new(0),
            commands: AtomicU8::new(0),
            started: OnceLock::new(),
            stuck_after: AtomicU64::new(u64::MAX),
            returned: AtomicU64::new(u64::MAX),
            shared: Mutex::default(),
        }
    }

    /// Lets go of everything that belongs to the run that is over. What the
    /// user left in it is dropped here, so never call it under a lock.
    pub fn clear(&mut self) {
        self.shared = Mutex::default();
        self.host = None;
    }

    /// Makes a cleared cell that of another run.
    pub fn renew(&mut self, facts: RunFacts, host: Arc<dyn Host>) {
        self.facts = facts;
        self.host = Some(host);
        self.threads = AtomicU32::new(0);
        self.children = AtomicU32::new(0);
        self.commands = AtomicU8::new(0);
        self.started = OnceLock::new();
        self.stuck_after = AtomicU64::new(u64::MAX);
        self.returned = AtomicU64::new(u64::MAX);
    }

    /// Adds to what the run was told.
    pub fn add_command(&self, bits: u8) {
        self.commands.fetch_or(bits, Ordering::AcqRel);
    }

    /// Adds `bits` unless any of `unless` was added before, as one step.
    /// Returns whether it did.
    pub fn add_command_unless(&self, bits: u8, unless: u8) -> bool {
        let add = |old| (old & unless == 0).then_some(old | bits);
        self.commands.fetch_update(Ordering::AcqRel, Ordering::Acquire, add).is_ok()
    }

    /// Takes back what the run has acted on.
    pub fn clear_command(&self, bits: u8) {
        self.commands.fetch_and(!bits, Ordering::AcqRel);
    }

    /// Returns what the run was told.
    pub fn commands(&self) -> u8 {
        self.commands.load(Ordering::Acquire)
    }

    /// Records the first poll of the first attempt.
    pub fn set_started(&self, mono: u64, wall: jiff::Timestamp) {
        // A second call would be a second first poll; the first one stays.
        let _ = self.started.set((mono, wall));
    }

    /// Returns when the first attempt was first polled.
    pub fn started(&self) -> Option<(u64, jiff::Timestamp)> {
        self.started.get().copied()
    }

    /// Sets the moment past which a thread that is still inside is stuck.
    pub fn set_stuck_after(&self, mono: u64) {
        self.stuck_after.store(mono, Ordering::Release);
    }

    /// Returns the moment past which a thread that is still inside is stuck.
    pub fn stuck_after(&self) -> u64 {
        self.stuck_after.load(Ordering::Acquire)
    }

    /// Returns the facts.
    pub fn facts(&self) -> &RunFacts {
        &self.facts
    }

    /// Returns the runtime's side.
    pub fn host(&self) -> &Arc<dyn Host> {
        self.host.as_ref().expect("invariant: only a spare cell has no host, and nobody holds one")
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an attempt, with a token of its own.
    pub fn begin_attempt(&self, attempt: u32, may_try_again: bool) {
        let mut shared = self.shared();
        shared.attempt = attempt;
        shared.may_try_again = may_try_again;
        shared.cancelled = false;
        shared.token = None;
        shared.progress = None;
        shared.is_closed = false;
        if let Some(children) = &mut shared.children {
            children.reopen();
        }
        self.returned.store(u64::MAX, Ordering::Release);
    }

    /// The run is over: whoever still holds its token or its context sees it
    /// as cancelled.
    pub fn close(&self) {
        let token = {
            let mut shared = self.shared();
            shared.attempt = u32::MAX;
            shared.token.take()
        };
        if let Some(token) = token {
            token.cancel();
        }
    }

    /// Records that a closure came back from the blocking pool.
    pub fn set_returned(&self, mono: u64) {
        self.returned.store(mono, Ordering::Release);
    }

    /// Returns when the closure of this attempt came back, if there was one
    /// and it did.
    pub fn returned(&self) -> Option<u64> {
        Some(self.returned.load(Ordering::Acquire)).filter(|mono| *mono != u64::MAX)
    }

    /// Returns the number of the attempt that was begun last, 0 before the first.
    pub fn attempt(&self) -> u32 {
        self.shared().attempt
    }

    /// Asks the attempt that is running to stop.
    pub fn cancel(&self) {
        let token = {
            let mut shared = self.shared();
            shared.cancelled = true;
            shared.token.clone()
        };
        // Outside the lock: cancelling wakes tasks, and a waker is foreign code.
        if let Some(token) = token {
            token.cancel();
        }
    }

    /// Returns whether the attempt was asked to stop, or is over.
    pub fn is_cancelled(&self, attempt: u32) -> bool {
        let shared = self.shared();
        shared.attempt != attempt || shared.cancelled
    }

    /// Returns the token of an attempt, made when it is first asked for.
    pub fn token(&self, attempt: u32) -> CancellationToken {
        let mut shared = self.shared();
        if shared.attempt != attempt {
            let over = CancellationToken::new();
            over.cancel();
            return over;
        }
        let cancelled = shared.cancelled;
        shared
            .token
            .get_or_insert_with(|| {
                let token = CancellationToken::new();
                if cancelled {
                    token.cancel();
                }
                token
            })
            .clone()
    }

    /// Records who is to be woken when something happens to the run from outside.
    pub fn set_waker(&self, waker: &Waker) {
        let mut shared = self.shared();
        if !shared.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
            shared.waker = Some(waker.clone());
        }
    }

    /// Wakes the supervisor of the run.
    pub fn wake(&self) {
        let waker = self.shared().waker.clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Sets where the value of a successful attempt goes.
    pub fn set_output(&self, slot: Arc<dyn Any + Send + Sync>) {
        self.shared().output = Some(slot);
    }

    /// Keeps what an attempt says of its progress.
    pub(super) fn set_progress(&self, attempt: u32, progress: Progress) {
        let mut shared = self.shared();
        // A forgotten clone of an earlier attempt has nothing to say.
        if shared.attempt == attempt {
            shared.progress = Some(progress);
        }
    }

    /// Returns how far the run has come, as its body said last.
    pub fn progress(&self) -> Option<Progress> {
        self.shared().progress.clone()
    }

    /// Gives the run its input, or what is left of it for another attempt.
    pub fn set_input(&self, input: Given) {
        let old = self.shared().input.replace(input);
        // Foreign code, so not under the lock.
        drop(old);
    }

    /// Takes the input out.
    pub fn take_input(&self) -> Option<Given> {
        self.shared().input.take()
    }

    /// Returns whether another attempt may follow the one that was begun last.
    pub(crate) fn may_try_again(&self) -> bool {
        self.shared().may_try_again
    }

    /// Keeps something of the runtime's for the threads of the run.
    pub fn attach(&self, attachment: Arc<dyn Any + Send + Sync>) {
        self.shared().attachment = Some(attachment);
    }

    /// Returns what was attached.
    pub fn attachment(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.shared().attachment.clone()
    }

    /// Tells the children of an attempt something, if it still takes any.
    pub(super) fn with_children<R>(&self, attempt: u32, tell: impl FnOnce(&mut Children) -> R) -> Option<R> {
        let mut shared = self.shared();
        if shared.attempt != attempt || shared.is_closed {
            return None;
        }
        let children = shared.children.get_or_insert_default();
        let told = tell(children);
        self.children.store(children.count(), Ordering::Release);
        Some(told)
    }

    /// Keeps the means to end a child.
    pub(super) fn child_is_spawned(&self, number: u64, handle: AbortHandle) {
        let mut shared = self.shared();
        let is_closed = shared.is_closed;
        let too_late = shared.children.as_mut().and_then(|children| children.is_spawned(number, handle));
        drop(shared);
        if let Some(handle) = too_late.filter(|_| is_closed) {
            handle.abort();
        }
    }

    /// A child is over, and dropped.
    pub fn child_ended(&self, number: u64) {
        let waker = {
            let mut shared = self.shared();
            let Some(children) = &mut shared.children else { return };
            let waker = children.ended(number);
            self.children.store(children.count(), Ordering::Release);
            waker
        };
        // Outside the lock: a waker is foreign code.
        if let Some(waker) = waker {
            waker.wake();
        }
        self.wake();
    }

    /// Returns how many children are not over.
    pub fn children(&self) -> u32 {
        self.children.load(Ordering::Acquire)
    }

    /// Returns whether no child lives; else the waker is told when none does.
    pub fn are_children_over(&self, waker: &Waker) -> bool {
        self.children() == 0
            || self.shared().children.as_mut().is_none_or(|children| children.are_over(waker))
    }

    /// The attempt takes no children any more, and those that live are to be
    /// dropped, wherever they stand.
    pub fn end_children(&self) {
        let handles = {
            let mut shared = self.shared();
            shared.is_closed = true;
            match &shared.children {
                Some(children) => children.handles(),
                None => return,
            }
        };
        // Outside the lock: it may drop a child here and now.
        handles.iter().for_each(AbortHandle::abort);
    }

    /// Keeps the first panic of the attempt that nobody awaits.
    pub fn set_panic(&self, panic: Box<dyn Any + Send>) {
        let unused = {
            let mut shared = self.shared();
            shared.children.get_or_insert_default().panicked(panic)
        };
        // A payload is foreign code.
        drop(unused);
    }

    /// Takes that panic out.
    pub fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.shared().children.as_mut()?.take_panic()
    }

    /// Delivers the value of a successful attempt, if somebody waits for it.
    pub(crate) fn deliver<T: Send + 'static>(&self, value: T) {
        let slot = self.shared().output.clone();
        if let Some(slot) = slot.and_then(|slot| slot.downcast::<Output<T>>().ok()) {
            slot.put(value);
        }
    }

    /// Returns how many closures on the blocking pool have not come back.
    pub fn threads(&self) -> u32 {
        self.threads.load(Ordering::Acquire)
    }
}

impl fmt::Debug for RunCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunCell")
            .field("id", &self.facts.id)
            .field("task", &self.facts.task)
            .finish_non_exhaustive()
    }
}

/// The place where a spawned run leaves its value.
#[derive(Debug)]
pub struct Output<T>(Mutex<Option<T>>);

impl<T> Output<T> {
    /// Makes an empty one.
    pub fn new() -> Self {
        Self(Mutex::new(None))
    }

    fn put(&self, value: T) {
        let old = self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(value);
        drop(old);
    }

    /// Takes the value out.
    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T> Default for Output<T> {
    fn default() -> Self {
        Self::new()
    }
}
