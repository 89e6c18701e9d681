//! The part of a run that its body, its supervisor and the runtime share.
//!
//! Not public API: `tasks-runtime` makes one for each run, and [`Context`](super::Context)
//! is the face that users see.

use std::{
    any::Any,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio::{task::AbortHandle, time::Instant};
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

/// The runtime's record of a run that is over, none if its program was gone
/// first, and the value that the run left.
pub type EndOfRun = (Option<Box<dyn Any + Send>>, Option<Box<dyn Any + Send>>);

/// One run.
pub struct RunCell {
    facts: RunFacts,
    /// Somebody waits for the end of the run.
    is_awaited: AtomicBool,
    /// Closures on the blocking pool that have not come back.
    pub(super) threads: AtomicU32,
    /// Children that are not over.
    children: AtomicU32,
    /// What the engine told the run, as bits.
    commands: AtomicU8,
    /// A closure of this attempt came back from the blocking pool.
    has_returned: AtomicBool,
    /// When the first attempt was first polled: nanoseconds of the engine's
    /// monotonic clock; the greatest number if it was not. The wall clock of
    /// that moment is behind the lock.
    started: AtomicU64,
    /// Past this moment of the engine's monotonic clock a thread that is still
    /// inside the run is stuck.
    stuck_after: AtomicU64,
    shared: Mutex<Shared>,
}

// There may be a million of them. With the two counters before it in an `Arc`,
// sixteen bytes more cost a run 128 with glibc: the Tokio task that is allocated
// next is aligned to that.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<RunCell>() <= 184);

#[derive(Default)]
struct Shared {
    /// The attempt that `token` belongs to. A body asks by its own number, so
    /// that a forgotten clone of an earlier attempt never sees a fresh token.
    attempt: u32,
    cancelled: bool,
    /// The attempt that was begun last takes no children any more.
    is_closed: bool,
    /// Another attempt may follow the one that was begun last.
    may_try_again: bool,
    /// Whoever spawned the run was given something to wait for its value with.
    keeps_value: bool,
    /// None between two runs, and after the end: whoever keeps the cell of a
    /// run that is over keeps no program alive.
    host: Option<Arc<dyn Host>>,
    token: Option<CancellationToken>,
    /// When the first attempt was first polled, by the wall clock.
    started: jiff::Timestamp,
    /// When the attempt that was begun last reaches its limit.
    deadline: Option<Instant>,
    /// Wakes the supervisor of the run.
    waker: Option<Waker>,
    /// Made when one of them is first needed; most runs need none.
    rare: Option<Box<Rare>>,
}

/// What few runs have.
#[derive(Default)]
struct Rare {
    input: Option<Given>,
    progress: Option<Progress>,
    children: Children,
    /// When a closure of this attempt came back from the blocking pool.
    returned: u64,
    /// What the runtime wants at hand on the threads of the run.
    attachment: Option<Arc<dyn Any + Send + Sync>>,
    end: End,
}

/// What a run leaves for whoever awaits it.
#[derive(Default)]
struct End {
    /// The value of a successful attempt.
    value: Option<Box<dyn Any + Send>>,
    /// The runtime's record, once the run is over.
    record: Option<Box<dyn Any + Send>>,
    /// The program is gone, and the run with it.
    is_lost: bool,
    /// Whoever awaits it.
    waker: Option<Waker>,
}

impl RunCell {
    /// Makes the cell of a new run.
    pub fn new(facts: RunFacts, host: Arc<dyn Host>) -> Self {
        Self {
            facts,
            is_awaited: AtomicBool::new(false),
            threads: AtomicU32::new(0),
            children: AtomicU32::new(0),
            commands: AtomicU8::new(0),
            has_returned: AtomicBool::new(false),
            started: AtomicU64::new(u64::MAX),
            stuck_after: AtomicU64::new(u64::MAX),
            shared: Mutex::new(Shared { host: Some(host), ..Shared::default() }),
        }
    }

    /// Lets go of everything that belongs to the run that is over. What the
    /// user left in it is dropped here, so never call it under a lock.
    pub fn clear(&mut self) {
        self.shared = Mutex::default();
    }

    /// Makes a cleared cell that of another run.
    pub fn renew(&mut self, facts: RunFacts, host: Arc<dyn Host>) {
        self.facts = facts;
        self.shared().host = Some(host);
        self.is_awaited = AtomicBool::new(false);
        self.threads = AtomicU32::new(0);
        self.children = AtomicU32::new(0);
        self.commands = AtomicU8::new(0);
        self.has_returned = AtomicBool::new(false);
        self.started = AtomicU64::new(u64::MAX);
        self.stuck_after = AtomicU64::new(u64::MAX);
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
        let mut shared = self.shared();
        // A second call would be a second first poll; the first one stays.
        if self.started.load(Ordering::Relaxed) == u64::MAX {
            shared.started = wall;
            self.started.store(mono, Ordering::Release);
        }
    }

    /// Returns when the first attempt was first polled.
    pub fn started(&self) -> Option<(u64, jiff::Timestamp)> {
        let mono = self.started.load(Ordering::Acquire);
        (mono != u64::MAX).then(|| (mono, self.shared().started))
    }

    /// Returns when the first attempt was first polled, by the monotonic clock.
    pub fn started_mono(&self) -> Option<u64> {
        Some(self.started.load(Ordering::Acquire)).filter(|mono| *mono != u64::MAX)
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

    /// Returns the runtime's side; nothing once the run is over.
    pub fn host(&self) -> Option<Arc<dyn Host>> {
        self.shared().host.clone()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an attempt, with a token of its own.
    pub fn begin_attempt(&self, attempt: u32, may_try_again: bool, deadline: Option<Instant>) {
        let mut shared = self.shared();
        shared.attempt = attempt;
        shared.may_try_again = may_try_again;
        shared.deadline = deadline;
        shared.cancelled = false;
        shared.token = None;
        shared.is_closed = false;
        if let Some(rare) = &mut shared.rare {
            rare.progress = None;
            rare.children.reopen();
        }
        self.has_returned.store(false, Ordering::Release);
    }

    /// The run is over: whoever still holds its token or its context sees it
    /// as cancelled.
    pub fn close(&self) {
        let (token, host) = {
            let mut shared = self.shared();
            shared.attempt = u32::MAX;
            (shared.token.take(), shared.host.take())
        };
        // Outside the lock: it may be the last of its program.
        drop(host);
        if let Some(token) = token {
            token.cancel();
        }
    }

    /// Records that a closure came back from the blocking pool.
    pub fn set_returned(&self, mono: u64) {
        self.shared().rare().returned = mono;
        self.has_returned.store(true, Ordering::Release);
    }

    /// Returns when the closure of this attempt came back, if there was one
    /// and it did.
    pub fn returned(&self) -> Option<u64> {
        if !self.has_returned.load(Ordering::Acquire) {
            return None;
        }
        self.shared().rare.as_ref().map(|rare| rare.returned)
    }

    /// Returns the number of the attempt that was begun last, 0 before the first.
    pub fn attempt(&self) -> u32 {
        self.shared().attempt
    }

    /// Returns when an attempt reaches its limit, while no other has begun.
    pub(super) fn deadline(&self, attempt: u32) -> Option<Instant> {
        let shared = self.shared();
        shared.deadline.filter(|_| shared.attempt == attempt)
    }

    /// Asks the attempt that is running to stop.
    pub fn cancel(&self) {
        self.cancel_and(|_| None);
    }

    /// Asks the attempt that is running to stop, and wakes the supervisor of the run.
    pub fn cancel_and_wake(&self) {
        self.cancel_and(|shared| shared.waker.clone());
    }

    fn cancel_and(&self, whom: impl FnOnce(&Shared) -> Option<Waker>) {
        let (token, waker) = {
            let mut shared = self.shared();
            // Whoever asked first cancels the token, and it stays cancelled.
            let is_first = !std::mem::replace(&mut shared.cancelled, true);
            (if is_first { shared.token.clone() } else { None }, whom(&shared))
        };
        // Outside the lock: cancelling wakes tasks, and a waker is foreign code.
        if let Some(token) = token {
            token.cancel();
        }
        if let Some(waker) = waker {
            waker.wake();
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

    /// Records who is to be woken when something happens to the run from
    /// outside. Returns whether that is news.
    pub fn set_waker(&self, waker: &Waker) -> bool {
        let mut shared = self.shared();
        if shared.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
            return false;
        }
        let old = shared.waker.replace(waker.clone());
        drop(shared);
        // Outside the lock: a waker is foreign code.
        drop(old);
        true
    }

    /// Wakes the supervisor of the run.
    pub fn wake(&self) {
        let waker = self.shared().waker.clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Keeps what an attempt says of its progress.
    pub(super) fn set_progress(&self, attempt: u32, progress: Progress) {
        let mut shared = self.shared();
        // A forgotten clone of an earlier attempt has nothing to say.
        if shared.attempt == attempt {
            shared.rare().progress = Some(progress);
        }
    }

    /// Returns how far the run has come, as its body said last.
    pub fn progress(&self) -> Option<Progress> {
        self.shared().rare.as_ref()?.progress.clone()
    }

    /// Gives the run its input, or what is left of it for another attempt.
    pub fn set_input(&self, input: Given) {
        let old = self.shared().rare().input.replace(input);
        // Foreign code, so not under the lock.
        drop(old);
    }

    /// Takes the input out.
    pub fn take_input(&self) -> Option<Given> {
        self.shared().rare.as_mut()?.input.take()
    }

    /// Returns whether another attempt may follow the one that was begun last.
    pub(crate) fn may_try_again(&self) -> bool {
        self.shared().may_try_again
    }

    /// Keeps something of the runtime's for the threads of the run.
    pub fn attach(&self, attachment: Arc<dyn Any + Send + Sync>) {
        self.shared().rare().attachment = Some(attachment);
    }

    /// Returns what was attached.
    pub fn attachment(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.shared().rare.as_ref()?.attachment.clone()
    }

    /// Tells the children of an attempt something, if it still takes any.
    pub(super) fn with_children<R>(&self, attempt: u32, tell: impl FnOnce(&mut Children) -> R) -> Option<R> {
        let mut shared = self.shared();
        if shared.attempt != attempt || shared.is_closed {
            return None;
        }
        let children = &mut shared.rare().children;
        let told = tell(children);
        self.children.store(children.count(), Ordering::Release);
        Some(told)
    }

    /// Keeps the means to end a child.
    pub(super) fn child_is_spawned(&self, number: u64, handle: AbortHandle) {
        let mut shared = self.shared();
        let is_closed = shared.is_closed;
        let too_late = shared.rare.as_mut().and_then(|rare| rare.children.is_spawned(number, handle));
        drop(shared);
        if let Some(handle) = too_late.filter(|_| is_closed) {
            handle.abort();
        }
    }

    /// A child is over, and dropped.
    pub fn child_ended(&self, number: u64) {
        let waker = {
            let mut shared = self.shared();
            let Some(Rare { children, .. }) = shared.rare.as_deref_mut() else { return };
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
        self.children() == 0 || self.shared().rare.as_mut().is_none_or(|rare| rare.children.are_over(waker))
    }

    /// The attempt takes no children any more, and those that live are to be
    /// dropped, wherever they stand.
    pub fn end_children(&self) {
        let handles = {
            let mut shared = self.shared();
            shared.is_closed = true;
            match &shared.rare {
                Some(rare) => rare.children.handles(),
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
            shared.rare().children.panicked(panic)
        };
        // A payload is foreign code.
        drop(unused);
    }

    /// Takes that panic out.
    pub fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.shared().rare.as_mut()?.children.take_panic()
    }

    /// Keeps the value of a successful attempt, if whoever spawned the run was
    /// given something to wait for it with. A box of `()` is free.
    pub(crate) fn deliver<T: Send + 'static>(&self, value: T) {
        let mut value = Some(value);
        let old = {
            let mut shared = self.shared();
            // What nobody awaits and what has no `Drop` need not be kept.
            let is_kept = shared.keeps_value && (self.is_awaited() || std::mem::needs_drop::<T>());
            match (is_kept, value.take()) {
                // An allocation is no foreign code, and its size is the body's own.
                (true, Some(value)) => shared.rare().end.value.replace(Box::new(value)),
                (_, unwanted) => {
                    value = unwanted;
                    None
                }
            }
        };
        // Foreign code, so not under the lock.
        drop((value, old));
    }

    /// From here on somebody waits for the end of the run, who takes its value too.
    pub fn expect_awaiter(&self) {
        self.shared().keeps_value = true;
        self.is_awaited.store(true, Ordering::Release);
    }

    /// Returns whether somebody waits for the end of the run.
    pub fn is_awaited(&self) -> bool {
        self.is_awaited.load(Ordering::Acquire)
    }

    /// Nobody waits for the end of the run any more.
    pub fn nobody_awaits(&self) {
        self.is_awaited.store(false, Ordering::Release);
        let end = self.shared().rare.as_mut().map(|rare| std::mem::take(&mut rare.end));
        // Foreign code, so not under the lock.
        drop(end);
    }

    /// Tells whoever awaits it that the run is over, and leaves the record of
    /// it; none if the program is gone before the end.
    pub fn tell_end(&self, record: Option<Box<dyn Any + Send>>) {
        let mut shared = self.shared();
        if !self.is_awaited() {
            return;
        }
        let end = &mut shared.rare().end;
        end.is_lost = record.is_none();
        end.record = record;
        let waker = end.waker.take();
        drop(shared);
        // Outside the lock: a waker is foreign code.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes the record and the value once the run is over.
    pub fn poll_end(&self, cx: &mut Context<'_>) -> Poll<EndOfRun> {
        let old = {
            let mut shared = self.shared();
            let end = &mut shared.rare().end;
            if end.is_lost || end.record.is_some() {
                return Poll::Ready((end.record.take(), end.value.take()));
            }
            match &end.waker {
                Some(old) if old.will_wake(cx.waker()) => None,
                _ => end.waker.replace(cx.waker().clone()),
            }
        };
        // Outside the lock: a waker is foreign code.
        drop(old);
        Poll::Pending
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

impl Shared {
    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }
}
