//! Runs that were let in and were not polled yet, when there are many of them.
//!
//! A few runs become Tokio tasks at once. Past [`FEW`] that nobody has polled
//! yet, and as long as anybody pulls, they stand in a queue instead, from which
//! pullers take them: Tokio tasks that poll a run once themselves, and make a
//! Tokio task of it only if it is still pending. A run that ends at once so costs
//! no task of its own, and that of another is made on the thread that polls it,
//! not on the one that starts runs.
//!
//! Three things keep a body that holds its thread from holding up the others:
//! a puller takes one run at a time; before it enters a body it sees to it that
//! another puller is at hand while anything waits; and when it needs one it
//! spawns it and gives way itself, because a worker keeps what was spawned last
//! to itself, while what gave way can be taken by any other.

use std::{
    cell::Cell,
    collections::VecDeque,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use tokio::sync::Notify;

use crate::{
    engine::Action,
    run::{Fresh, Supervised, Wanted},
    shell::Shared,
};

/// So many runs that nobody polled yet are given to Tokio one by one.
const FEW: usize = 64;

/// A puller polls so many runs before it gives way to other tasks.
const SLICE: usize = 32;

/// A queue that was longer than this gives its memory back.
const KEPT: usize = 8192;

/// With more runs than this in the queue no further firings are served for a
/// moment.
const BEHIND: usize = 4096;

/// More runs than this that are started together are a batch.
const BATCH: usize = 4;

/// A puller looks so often for one more run before it ends, and pauses so long in
/// between: together some 15 µs on a server.
const LOOKS: u32 = 32;
const PAUSES: u32 = 16;

thread_local! {
    /// Something was given to Tokio, or woken, for which this thread was only
    /// the one that came by.
    static HAS_SPAWNED: Cell<bool> = const { Cell::new(false) };
}

/// Notes that what is ready now must not wait for what this thread does next.
pub(crate) fn note_spawned() {
    // A thread that is ending keeps nothing to itself.
    let _ = HAS_SPAWNED.try_with(|spawned| spawned.set(true));
}

/// Whether that was noted since the last time somebody asked.
pub(crate) fn take_has_spawned() -> bool {
    HAS_SPAWNED.try_with(Cell::take).unwrap_or_default()
}

/// Runs that wait for their first poll.
#[derive(Debug)]
pub(crate) struct Pullers {
    /// Runs that Tokio was given and has not polled yet.
    given: AtomicUsize,
    queue: Mutex<Queue>,
    caught_up: Notify,
    /// A run came since a puller began to linger.
    has_come: AtomicBool,
    /// There are other threads, from which runs may come to one who lingers.
    may_linger: bool,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Wanted>,
    /// Pullers that there are.
    pullers: usize,
    /// Those of them that are about to look here. While anything waits there is
    /// one at least.
    at_hand: usize,
    /// What came last came alone, and another may follow.
    is_stream: bool,
    /// Somebody waits until there are few.
    is_awaited: bool,
}

/// What a puller is to do next.
enum Next {
    Poll(Wanted),
    /// There has to be one more puller before this one enters a body.
    Spawn,
    /// Ends have to be accounted for before the last body is entered, because
    /// nobody else may come to do it, or because they have waited long enough.
    Account,
    /// Nothing waits, and something may come.
    Linger,
    Nothing,
}

impl Pullers {
    /// `may_linger` says that runs may be started while another thread pulls.
    pub(crate) fn new(may_linger: bool) -> Self {
        Self {
            given: AtomicUsize::new(0),
            queue: Mutex::default(),
            caught_up: Notify::new(),
            has_come: AtomicBool::new(false),
            may_linger,
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run that Tokio was given is polled for the first time, or never will be.
    pub(crate) fn is_polled(&self) {
        self.given.fetch_sub(1, Ordering::Relaxed);
    }

    /// So many runs nobody has polled yet, wherever they stand.
    fn fresh(&self, queue: &Queue) -> usize {
        queue.waiting.len() + self.given.load(Ordering::Relaxed)
    }

    /// Whether very many runs wait for their first poll. `caught_up` tells when
    /// those of the queue are fewer.
    pub(crate) fn is_behind(&self) -> bool {
        let mut queue = self.queue();
        queue.is_awaited = queue.waiting.len() > BEHIND;
        // Those that Tokio has already tell nobody when they are fewer.
        queue.is_awaited || self.fresh(&queue) > BEHIND
    }

    pub(crate) async fn caught_up(&self) {
        self.caught_up.notified().await;
    }

    /// Puts a run into the queue, unless there are few and nobody pulls. Returns
    /// whether a puller has to be spawned, or the run.
    fn push_unless_few(&self, wanted: Wanted) -> Result<bool, Wanted> {
        let mut queue = self.queue();
        if queue.pullers == 0 && self.fresh(&queue) < FEW {
            return Err(wanted);
        }
        queue.is_stream = true;
        let is_missing = queue.push([wanted]);
        drop(queue);
        self.has_come.store(true, Ordering::Relaxed);
        Ok(is_missing)
    }

    /// Waits awake for a moment until a run comes.
    fn linger(&self) {
        let mut looks = 0..LOOKS;
        while !self.has_come.load(Ordering::Relaxed) && looks.next().is_some() {
            (0..PAUSES).for_each(|_| std::hint::spin_loop());
        }
    }

    /// `is_inside` says whether the puller comes from a body, and goes to one;
    /// `has_mail` whether ends of runs wait to be accounted for, and `owes` that
    /// it is time for that; `lingers` whether it would wait for a run to come.
    fn next(&self, is_inside: &mut bool, owes: bool, lingers: bool, has_mail: impl FnOnce() -> bool) -> Next {
        let mut queue = self.queue();
        // Asked under the lock: whoever wrote an end down was here since, or
        // comes again.
        if (owes || queue.waiting.len() <= 1) && has_mail() {
            if queue.leave(is_inside) {
                return Next::Account;
            }
            queue.one_more();
            return Next::Spawn;
        }
        queue.come_back(is_inside);
        let enough = queue.at_hand > 1 || queue.waiting.len() <= 1;
        match enough.then(|| queue.waiting.pop_front()) {
            Some(Some(wanted)) => {
                queue.at_hand -= 1;
                *is_inside = true;
                if queue.is_awaited && queue.waiting.len() <= BEHIND / 4 * 3 {
                    queue.is_awaited = false;
                    drop(queue);
                    self.caught_up.notify_one();
                }
                Next::Poll(wanted)
            }
            Some(None) if lingers && self.may_linger && queue.is_stream && queue.at_hand == 1 => {
                self.has_come.store(false, Ordering::Relaxed);
                Next::Linger
            }
            Some(None) => {
                queue.at_hand -= 1;
                queue.pullers -= 1;
                if queue.waiting.capacity() > KEPT {
                    queue.waiting = VecDeque::new();
                }
                Next::Nothing
            }
            None => {
                queue.one_more();
                Next::Spawn
            }
        }
    }

    /// Empties the queue: the Tokio runtime is gone, and nobody will come.
    fn take_all(&self) -> VecDeque<Wanted> {
        std::mem::take(&mut self.queue().waiting)
    }
}

impl Queue {
    /// Returns whether a puller has to be spawned.
    fn push(&mut self, wanted: impl IntoIterator<Item = Wanted>) -> bool {
        self.waiting.extend(wanted);
        let is_missing = self.at_hand == 0;
        if is_missing {
            self.one_more();
        }
        is_missing
    }

    /// A puller is spawned.
    fn one_more(&mut self) {
        self.pullers += 1;
        self.at_hand += 1;
    }

    fn come_back(&mut self, is_inside: &mut bool) {
        self.at_hand += usize::from(std::mem::take(is_inside));
    }

    /// A puller turns to foreign code that is no body, and is at hand no more.
    /// Returns false if something waits that would have nobody then.
    fn leave(&mut self, is_inside: &mut bool) -> bool {
        let may_leave = *is_inside || self.at_hand > 1 || self.waiting.is_empty();
        if may_leave && !std::mem::replace(is_inside, true) {
            self.at_hand -= 1;
        }
        may_leave
    }
}

/// Starts a run that was admitted.
pub(crate) fn start(shared: &Shared, wanted: Wanted) {
    let queued = shared.pullers().push_unless_few(wanted);
    // Where it is one of many nobody has to hold the program for it.
    let is_missing = match &queued {
        Ok(is_missing) => *is_missing,
        Err(_) => true,
    };
    let Some(shared) = is_missing.then(|| shared.this()).flatten() else { return };
    match queued {
        Ok(_) => spawn_puller(&shared),
        Err(wanted) => give(&shared, wanted),
    }
}

/// Gives a run to Tokio.
fn give(shared: &Arc<Shared>, wanted: Wanted) {
    shared.pullers().given.fetch_add(1, Ordering::Relaxed);
    shared.spawn(Supervised::new(Arc::clone(shared), wanted, Fresh::Given));
}

fn spawn_puller(shared: &Arc<Shared>) {
    shared.spawn(Puller::new(shared));
    // A worker keeps to itself what was spawned last, for as long as the
    // body that did it holds its thread. So that is not the puller.
    shared.spawn_boxed(Box::pin(async {}));
}

/// Runs that are started together, after all else that is to be done.
#[derive(Debug)]
pub(crate) struct Batch(Vec<Wanted>);

impl Batch {
    /// Room for the runs among these actions, if they are many.
    pub(crate) fn of(actions: &[Action]) -> Self {
        let starts = match actions.len() > BATCH {
            true => actions.iter().filter(|action| matches!(action, Action::Start(_))).count(),
            false => 0,
        };
        Self(Vec::with_capacity(if starts > BATCH { starts } else { 0 }))
    }

    /// Takes a run that is to be started later, or gives it back to be started now.
    pub(crate) fn put_off(&mut self, wanted: Wanted) -> Option<Wanted> {
        if self.0.len() == self.0.capacity() {
            return Some(wanted);
        }
        self.0.push(wanted);
        None
    }

    pub(crate) fn is_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Starts them. They are handed on in one piece.
    pub(crate) fn start(self, shared: &Arc<Shared>) {
        let mut queue = shared.pullers().queue();
        queue.is_stream = false;
        let is_missing = queue.push(self.0);
        drop(queue);
        if is_missing {
            spawn_puller(shared);
        }
    }
}

/// Lets everything else that is ready have its turn, on whatever thread.
///
/// Not by Tokio's `yield_now`, which puts a task where no other worker finds it
/// while a body holds the thread.
pub(crate) async fn give_way() {
    let mut gave_way = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut gave_way, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Takes runs out of the queue and polls each once, until none is left.
struct Puller {
    shared: Arc<Shared>,
    is_inside: bool,
    /// It gave way before it could account for the ends that there were.
    owes: bool,
    is_over: bool,
}

impl Puller {
    fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), is_inside: false, owes: false, is_over: false }
    }
}

impl Future for Puller {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut has_given = false;
        // Whoever has the engine's lock accounts for the ends that there were.
        let mut are_cared_for = false;
        // What a body has woken the worker may keep to itself, too: this gives way
        // to it before it waits for anything.
        let (mut has_entered, mut has_lingered) = (false, false);
        for _ in 0..SLICE {
            let has_mail = || !std::mem::take(&mut are_cared_for) && this.shared.has_mail();
            let lingers = has_entered || !has_lingered;
            match this.shared.pullers().next(&mut this.is_inside, this.owes, lingers, has_mail) {
                Next::Account => {
                    this.owes = false;
                    are_cared_for = !this.shared.read_inbox();
                }
                Next::Linger if has_entered => break,
                Next::Linger => {
                    has_lingered = true;
                    this.shared.pullers().linger();
                }
                Next::Nothing => {
                    this.is_over = true;
                    return Poll::Ready(());
                }
                Next::Spawn => {
                    this.shared.spawn(Self::new(&this.shared));
                    has_given = true;
                    break;
                }
                Next::Poll(wanted) => {
                    has_entered = true;
                    let shared = Arc::clone(&this.shared);
                    // What a run drops at its end is foreign code too. Its panic
                    // costs nobody else anything, as in a task of its own.
                    let polled = catch_unwind(AssertUnwindSafe(|| {
                        let mut run = Supervised::new(shared, wanted, Fresh::Pulled);
                        run.poll_once(cx).is_pending().then_some(run)
                    }));
                    if let Ok(Some(run)) = polled {
                        this.shared.spawn(run);
                        has_given = true;
                        break;
                    }
                }
            }
            // What the end of a run has started or woken the worker keeps, too.
            if take_has_spawned() {
                break;
            }
            // What is left of it belongs to all bodies together: one that finds
            // none left would have to be spawned for nothing.
            if !tokio::task::coop::has_budget_remaining() {
                break;
            }
        }
        // What was given to Tokio just now the worker keeps to itself until this
        // gives way: then ends are told when it is back.
        if this.shared.has_mail() {
            match !has_given && this.shared.pullers().queue().leave(&mut this.is_inside) {
                true => _ = this.shared.read_inbox(),
                // Where somebody has asked, whoever has the lock looks.
                false => this.owes = !this.shared.has_asked(),
            }
        }
        if this.is_inside {
            this.shared.pullers().queue().come_back(&mut this.is_inside);
        }
        // As in `give_way`.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Puller {
    /// Dropped before its end only with the Tokio runtime itself.
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        for wanted in self.shared.pullers().take_all() {
            let shared = Arc::clone(&self.shared);
            // It accounts for its run when it is dropped.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(Supervised::new(shared, wanted, Fresh::Pulled))));
        }
    }
}
