//! The part of a run that its body, its supervisor and the runtime share.
//!
//! Not public API: `tasks-runtime` makes one for each run, and [`Context`](super::Context)
//! is the face that users see.

mod links;
mod moment;

use std::{
    any::Any,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio::{task::AbortHandle, time::Instant};
use tokio_util::sync::CancellationToken;

pub use self::moment::{instant_of, nanos_of};
use self::{
    links::{Links, Rare, Usual},
    moment::Moment,
};
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

    /// Returns a moment of the engine's monotonic clock as Tokio tells it.
    fn instant(&self, mono: u64) -> Instant;

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

/// What all runs of a task have in common.
pub struct Owner {
    name: Arc<str>,
    /// Whoever keeps the cell of a run keeps no program alive.
    host: Weak<dyn Host>,
}

impl Owner {
    /// Makes the owner of the runs of a task.
    pub fn new(name: Arc<str>, host: Weak<dyn Host>) -> Self {
        Self { name, host }
    }

    /// Returns the name of the task.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Owner").field(&self.name).finish()
    }
}

/// The facts of a run, fixed when it is made.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// Its id.
    pub id: RunId,
    /// The task that it is a run of.
    pub owner: Arc<Owner>,
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
    id: RunId,
    owner: Arc<Owner>,
    scheduled_at: Moment,
    /// When the first attempt was first polled: nanoseconds of the engine's
    /// monotonic clock; [`NEVER`] if it was not.
    started: AtomicU64,
    /// The same moment by the wall clock.
    started_at: Moment,
    /// Past this moment of the engine's monotonic clock a thread that is still
    /// inside the run is stuck.
    stuck_after: AtomicU64,
    /// The attempt that the token belongs to. A body asks by its own number, so
    /// that a forgotten clone of an earlier attempt never sees a fresh token.
    /// Written under the lock.
    attempt: AtomicU32,
    /// What the engine told the run, as bits.
    commands: AtomicU8,
    /// What is so about the run, as bits of [`mark`].
    marks: AtomicU8,
    trigger: Trigger,
    links: Mutex<Links>,
}

// There may be a million of them. With the two counters before it in an `Arc`
// it fits, with glibc, between two Tokio tasks of 256 bytes, which are aligned
// to 128; eight bytes more would cost a run 128.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<RunCell>() <= 88);

/// What may be so about a run.
mod mark {
    /// Somebody waits for the end of the run.
    pub(super) const AWAITED: u8 = 1;
    /// Whoever spawned the run was given something to wait for its value with.
    pub(super) const KEEPS_VALUE: u8 = 2;
    /// Few runs have what is in `Rare`; this one does.
    pub(super) const RARE: u8 = 4;
    /// A closure of this attempt came back from the blocking pool.
    pub(super) const RETURNED: u8 = 8;
    /// The attempt was asked to stop.
    pub(super) const CANCELLED: u8 = 16;
    /// The attempt that was begun last takes no children any more.
    pub(super) const CLOSED: u8 = 32;
    /// Another attempt may follow the one that was begun last.
    pub(super) const MAY_TRY_AGAIN: u8 = 64;
    /// The body waits to be cancelled, and there is no token that it waits for.
    pub(super) const WAITS: u8 = 128;
    /// What is said of one attempt.
    pub(super) const OF_ATTEMPT: u8 = RETURNED | CANCELLED | CLOSED | MAY_TRY_AGAIN | WAITS;
}

/// A moment of the monotonic clock that does not come.
const NEVER: u64 = u64::MAX;

/// The number of no attempt: the run is over.
const OVER: u32 = u32::MAX;

impl RunCell {
    /// Makes the cell of a new run.
    pub fn new(facts: RunFacts) -> Self {
        let RunFacts { id, owner, trigger, scheduled_at } = facts;
        let mut cell = Self {
            id,
            owner,
            scheduled_at: Moment::default(),
            started: AtomicU64::new(NEVER),
            started_at: Moment::default(),
            stuck_after: AtomicU64::new(NEVER),
            attempt: AtomicU32::new(0),
            commands: AtomicU8::new(0),
            marks: AtomicU8::new(0),
            trigger,
            links: Mutex::default(),
        };
        cell.set_scheduled_at(scheduled_at);
        cell
    }

    /// Lets go of everything that belongs to the run that is over. What the
    /// user left in it is dropped here, so never call it under a lock.
    pub fn clear(&mut self) {
        self.links = Mutex::default();
    }

    /// Returns whether anything is in it that is not the framework's own.
    pub fn may_hold_foreign(&mut self) -> bool {
        let links = self.links.get_mut().unwrap_or_else(PoisonError::into_inner);
        !matches!(links, Links::Usual(Usual { token: None, .. }))
    }

    /// Makes a cleared cell that of another run.
    pub fn renew(&mut self, facts: RunFacts) {
        *self = Self::new(facts);
    }

    fn set_scheduled_at(&mut self, at: Option<jiff::Timestamp>) {
        if let Some(at) = at
            && !self.scheduled_at.set(at)
        {
            self.links().rare(&self.marks).scheduled_at = Some(at);
        }
    }

    fn is(&self, mark: u8) -> bool {
        self.marks.load(Ordering::Acquire) & mark != 0
    }

    fn mark(&self, mark: u8) {
        self.marks.fetch_or(mark, Ordering::AcqRel);
    }

    fn unmark(&self, mark: u8) {
        self.marks.fetch_and(!mark, Ordering::AcqRel);
    }

    /// What few runs have, if this one does. The others take no lock for that.
    fn with_rare<R>(&self, look: impl FnOnce(&mut Rare) -> R) -> Option<R> {
        if !self.is(mark::RARE) {
            return None;
        }
        self.links().rare_if_any().map(look)
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

    /// Records the first poll of the first attempt. Said by the run alone.
    pub fn set_started(&self, mono: u64, wall: jiff::Timestamp) {
        // A second call would be a second first poll; the first one stays.
        if self.started.load(Ordering::Relaxed) == NEVER {
            if !self.started_at.set(wall) {
                self.links().rare(&self.marks).started_at = Some(wall);
            }
            self.started.store(mono, Ordering::Release);
        }
    }

    /// Returns when the first attempt was first polled.
    pub fn started(&self) -> Option<(u64, jiff::Timestamp)> {
        let mono = self.started_mono()?;
        let wall = self.started_at.get(|| self.with_rare(|rare| rare.started_at).flatten());
        Some((mono, wall?))
    }

    /// Returns when the first attempt was first polled, by the monotonic clock.
    pub fn started_mono(&self) -> Option<u64> {
        Some(self.started.load(Ordering::Acquire)).filter(|mono| *mono != NEVER)
    }

    /// Sets the moment past which a thread that is still inside is stuck.
    pub fn set_stuck_after(&self, mono: u64) {
        self.stuck_after.store(mono, Ordering::Release);
    }

    /// Returns the moment past which a thread that is still inside is stuck.
    pub fn stuck_after(&self) -> u64 {
        self.stuck_after.load(Ordering::Acquire)
    }

    /// Returns the id of the run.
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Returns the name of its task.
    pub fn task(&self) -> &Arc<str> {
        &self.owner.name
    }

    /// Returns why it exists.
    pub fn trigger(&self) -> Trigger {
        self.trigger
    }

    /// Returns the due instant of a scheduled run.
    pub fn scheduled_at(&self) -> Option<jiff::Timestamp> {
        self.scheduled_at.get(|| self.with_rare(|rare| rare.scheduled_at).flatten())
    }

    /// Returns the runtime's side; nothing once the run is over.
    pub fn host(&self) -> Option<Arc<dyn Host>> {
        match self.attempt.load(Ordering::Acquire) {
            OVER => None,
            _ => self.owner.host.upgrade(),
        }
    }

    /// Returns a moment of the engine's monotonic clock as Tokio tells it;
    /// nothing once the program is gone.
    pub(super) fn instant(&self, mono: u64) -> Option<Instant> {
        self.owner.host.upgrade().map(|host| host.instant(mono))
    }

    fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins an attempt, with a token of its own.
    pub fn begin_attempt(&self, attempt: u32, may_try_again: bool) {
        let mut links = self.links();
        self.attempt.store(attempt, Ordering::Release);
        self.unmark(mark::OF_ATTEMPT);
        if may_try_again {
            self.mark(mark::MAY_TRY_AGAIN);
        }
        links.usual().token = None;
        if let Some(rare) = links.rare_if_any() {
            rare.progress = None;
            rare.children.reopen();
        }
    }

    /// The run is over: whoever still holds its token or its context sees it
    /// as cancelled.
    pub fn close(&self) {
        let token = {
            let mut links = self.links();
            self.attempt.store(OVER, Ordering::Release);
            links.usual().token.take()
        };
        // Outside the lock: it wakes whoever waits for it.
        if let Some(token) = token {
            token.cancel();
        }
    }

    /// Records that a closure came back from the blocking pool.
    pub fn set_returned(&self, mono: u64) {
        self.links().rare(&self.marks).returned = mono;
        self.mark(mark::RETURNED);
    }

    /// Returns when the closure of this attempt came back, if there was one
    /// and it did.
    pub fn returned(&self) -> Option<u64> {
        if !self.is(mark::RETURNED) {
            return None;
        }
        self.with_rare(|rare| rare.returned)
    }

    /// Returns the number of the attempt that was begun last, 0 before the first.
    pub fn attempt(&self) -> u32 {
        self.attempt.load(Ordering::Acquire)
    }

    /// Asks the attempt that is running to stop.
    pub fn cancel(&self) {
        self.cancel_and(|_| None);
    }

    /// Asks the attempt that is running to stop, and wakes the supervisor of the run.
    pub fn cancel_and_wake(&self) {
        self.cancel_and(|links| Some(links.usual().waker.clone()));
    }

    fn cancel_and(&self, whom: impl FnOnce(&mut Links) -> Option<Waker>) {
        let (token, waker) = {
            let mut links = self.links();
            self.mark(mark::CANCELLED);
            // Whoever asked first cancels the token, and it stays cancelled. A
            // token that is asked for later is cancelled from its beginning.
            (links.usual().token.take(), whom(&mut links))
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
        // Both are written under the lock, and belong together.
        let _links = self.links();
        self.attempt() != attempt || self.is(mark::CANCELLED)
    }

    /// Returns the token of an attempt, made when it is first asked for.
    pub fn token(&self, attempt: u32) -> CancellationToken {
        let mut links = self.links();
        if self.attempt() != attempt || self.is(mark::CANCELLED) {
            drop(links);
            let over = CancellationToken::new();
            over.cancel();
            return over;
        }
        let Usual { waker, token } = links.usual();
        // Whoever gets it may cancel it, and then the body has to know of it.
        let looks_again = (token.is_none() && self.is(mark::WAITS)).then(|| waker.clone());
        let token = token.get_or_insert_with(CancellationToken::new).clone();
        drop(links);
        // Outside the lock: a waker is foreign code.
        if let Some(waker) = looks_again {
            waker.wake();
        }
        token
    }

    /// Says that the body waits to be cancelled, where it is polled with its
    /// run. Returns false if waking the run would not do: it was cancelled, or
    /// there is a token that may be.
    pub(super) fn wakes_when_cancelled(&self, attempt: u32) -> bool {
        let mut links = self.links();
        if self.attempt() != attempt || self.is(mark::CANCELLED) || links.usual().token.is_some() {
            return false;
        }
        self.mark(mark::WAITS);
        true
    }

    /// Records who is to be woken when something happens to the run from
    /// outside. What happened before is not told: whoever says it looks
    /// afterwards.
    pub fn set_waker(&self, waker: &Waker) {
        let mut links = self.links();
        let known = &mut links.usual().waker;
        if known.will_wake(waker) {
            return;
        }
        let old = std::mem::replace(known, waker.clone());
        drop(links);
        // Outside the lock: a waker is foreign code.
        drop(old);
    }

    /// Wakes the supervisor of the run.
    pub fn wake(&self) {
        let waker = self.links().usual().waker.clone();
        // Outside the lock: a waker is foreign code.
        waker.wake();
    }

    /// Keeps what an attempt says of its progress.
    pub(super) fn set_progress(&self, attempt: u32, progress: Progress) {
        let mut links = self.links();
        // A forgotten clone of an earlier attempt has nothing to say.
        if self.attempt() == attempt {
            links.rare(&self.marks).progress = Some(progress);
        }
    }

    /// Returns how far the run has come, as its body said last.
    pub fn progress(&self) -> Option<Progress> {
        self.with_rare(|rare| rare.progress.clone())?
    }

    /// Gives the run its input, or what is left of it for another attempt.
    pub fn set_input(&self, input: Given) {
        let old = self.links().rare(&self.marks).input.replace(input);
        // Foreign code, so not under the lock.
        drop(old);
    }

    /// Takes the input out.
    pub fn take_input(&self) -> Option<Given> {
        self.with_rare(|rare| rare.input.take())?
    }

    /// Returns whether another attempt may follow the one that was begun last.
    pub(crate) fn may_try_again(&self) -> bool {
        self.is(mark::MAY_TRY_AGAIN)
    }

    /// Keeps something of the runtime's for the threads of the run.
    pub fn attach(&self, attachment: Arc<dyn Any + Send + Sync>) {
        self.links().rare(&self.marks).attachment = Some(attachment);
    }

    /// Returns what was attached.
    pub fn attachment(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.with_rare(|rare| rare.attachment.clone())?
    }

    /// Tells the children of an attempt something, if it still takes any.
    pub(super) fn with_children<R>(&self, attempt: u32, tell: impl FnOnce(&mut Children) -> R) -> Option<R> {
        let mut links = self.links();
        if self.attempt() != attempt || self.is(mark::CLOSED) {
            return None;
        }
        Some(tell(&mut links.rare(&self.marks).children))
    }

    /// Keeps the means to end a child.
    pub(super) fn child_is_spawned(&self, number: u64, handle: AbortHandle) {
        let mut links = self.links();
        let is_closed = self.is(mark::CLOSED);
        let too_late = links.rare_if_any().and_then(|rare| rare.children.is_spawned(number, handle));
        drop(links);
        if let Some(handle) = too_late.filter(|_| is_closed) {
            handle.abort();
        }
    }

    /// A child is over, and dropped.
    pub fn child_ended(&self, number: u64) {
        let Some(waker) = self.with_rare(|rare| rare.children.ended(number)) else { return };
        // Outside the lock: a waker is foreign code.
        if let Some(waker) = waker {
            waker.wake();
        }
        self.wake();
    }

    /// Returns false if the run never had a child, or a closure on the blocking pool.
    pub fn may_have_parts(&self) -> bool {
        self.is(mark::RARE)
    }

    /// Returns how many children are not over.
    pub fn children(&self) -> u32 {
        self.with_rare(|rare| rare.children.count()).unwrap_or(0)
    }

    /// Returns whether no child lives; else the waker is told when none does.
    pub fn are_children_over(&self, waker: &Waker) -> bool {
        self.with_rare(|rare| rare.children.are_over(waker)).unwrap_or(true)
    }

    /// The attempt takes no children any more, and those that live are to be
    /// dropped, wherever they stand.
    pub fn end_children(&self) {
        let handles = {
            let mut links = self.links();
            self.mark(mark::CLOSED);
            match links.rare_if_any() {
                Some(rare) => rare.children.handles(),
                None => return,
            }
        };
        // Outside the lock: it may drop a child here and now.
        handles.iter().for_each(AbortHandle::abort);
    }

    /// Keeps the first panic of the attempt that nobody awaits.
    pub fn set_panic(&self, panic: Box<dyn Any + Send>) {
        let unused = self.links().rare(&self.marks).children.panicked(panic);
        // A payload is foreign code.
        drop(unused);
    }

    /// Takes that panic out.
    pub fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.with_rare(|rare| rare.children.take_panic())?
    }

    /// Keeps the value of a successful attempt, if whoever spawned the run was
    /// given something to wait for it with. A box of `()` is free.
    pub(crate) fn deliver<T: Send + 'static>(&self, value: T) {
        let mut value = Some(value);
        let old = {
            let mut links = self.links();
            // What nobody awaits and what has no `Drop` need not be kept.
            let is_kept = self.is(mark::KEEPS_VALUE) && (self.is_awaited() || std::mem::needs_drop::<T>());
            match (is_kept, value.take()) {
                // An allocation is no foreign code, and its size is the body's own.
                (true, Some(value)) => links.rare(&self.marks).end.value.replace(Box::new(value)),
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
        self.mark(mark::KEEPS_VALUE | mark::AWAITED);
    }

    /// Returns whether somebody waits for the end of the run.
    pub fn is_awaited(&self) -> bool {
        self.is(mark::AWAITED)
    }

    /// Nobody waits for the end of the run any more.
    pub fn nobody_awaits(&self) {
        self.unmark(mark::AWAITED);
        let end = self.with_rare(|rare| std::mem::take(&mut rare.end));
        // Foreign code, so not under the lock.
        drop(end);
    }

    /// Tells whoever awaits it that the run is over, and leaves the record of
    /// it; none if the program is gone before the end.
    pub fn tell_end(&self, record: Option<Box<dyn Any + Send>>) {
        let mut links = self.links();
        if !self.is_awaited() {
            return;
        }
        let end = &mut links.rare(&self.marks).end;
        end.is_lost = record.is_none();
        end.record = record;
        let waker = end.waker.take();
        drop(links);
        // Outside the lock: a waker is foreign code.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes the record and the value once the run is over.
    pub fn poll_end(&self, cx: &mut Context<'_>) -> Poll<EndOfRun> {
        let old = {
            let mut links = self.links();
            let end = &mut links.rare(&self.marks).end;
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

    /// A closure is given to the blocking pool.
    pub(super) fn thread_begins(&self) {
        self.links().rare(&self.marks).threads += 1;
    }

    /// It has come back, or will never begin.
    pub(super) fn thread_ends(&self) {
        self.with_rare(|rare| rare.threads -= 1);
        self.wake();
    }

    /// Returns how many closures on the blocking pool have not come back.
    pub fn threads(&self) -> u32 {
        self.with_rare(|rare| rare.threads).unwrap_or(0)
    }
}

impl fmt::Debug for RunCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunCell").field("id", &self.id).field("task", self.task()).finish_non_exhaustive()
    }
}
