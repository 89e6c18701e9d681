//! The thread that looks at the slots, and sleeps while there is nothing to see.

use std::{
    collections::HashMap,
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use tasks_core::RunId;

use super::slot::{InPoll, snapshot};
use crate::threads;

/// How often the slots are looked at while anything is in a poll, and by how
/// much a duration may be short.
pub(crate) const TICK: Duration = Duration::from_millis(500);

/// Between saying "asleep" and the last look before sleeping. A thread that
/// entered a poll without seeing that flag has made its stamp visible long
/// before, so no poll is slept through although entering one costs no fence.
const SETTLE: Duration = Duration::from_millis(5);

/// Written by the watcher, read relaxed on every entry to a poll.
static ASLEEP: AtomicBool = AtomicBool::new(false);

/// Tells the watcher, if it sleeps, that a poll began.
#[inline]
pub(super) fn entered() {
    if ASLEEP.load(Ordering::Relaxed) {
        wake();
    }
}

#[cold]
fn wake() {
    if ASLEEP.swap(false, Ordering::AcqRel)
        && let Some(thread) = &Shared::lock().thread
    {
        thread.unpark();
    }
}

type LongPoll = dyn Fn(RunId, Duration) + Send + Sync;

static SHARED: Mutex<Shared> =
    Mutex::new(Shared { thread: None, generation: 0, next_id: 0, listeners: Vec::new(), seen: Vec::new() });

struct Shared {
    thread: Option<Thread>,
    /// A thread of an earlier generation ends at its next look.
    generation: u64,
    next_id: u64,
    listeners: Vec<Listener>,
    /// The polls that were under way at the last look, each with its first look.
    seen: Vec<(InPoll, Instant)>,
}

#[derive(Clone)]
struct Listener {
    id: u64,
    threshold: Duration,
    long_poll: Arc<LongPoll>,
}

impl Shared {
    fn lock() -> MutexGuard<'static, Self> {
        SHARED.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes stock of who is in a poll; what was there at the last look keeps its instant.
    fn look(&mut self, now: Instant) {
        let first: HashMap<InPoll, Instant> = self.seen.drain(..).collect();
        self.seen.extend(snapshot().into_iter().map(|poll| (poll, first.get(&poll).copied().unwrap_or(now))));
    }
}

/// The right to be told of long polls; the watching thread lives while there is one.
#[must_use = "nothing is watched once it is dropped"]
pub(crate) struct Watch {
    id: u64,
}

impl Watch {
    /// Calls `long_poll` for every run of the process that has been inside one
    /// poll for `threshold` or longer, again about every [`TICK`] while that lasts.
    ///
    /// It is called on the watching thread: it must be quick and must not wait
    /// for anything that a poll may hold. Runs of other sets of tasks in the
    /// process come along; ignore the ids that are not yours.
    pub(crate) fn start(
        threshold: Duration,
        long_poll: impl Fn(RunId, Duration) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let mut shared = Shared::lock();
        if shared.thread.is_none() {
            shared.generation += 1;
            let generation = shared.generation;
            shared.thread = Some(threads::start("tasks-watch", Box::new(move || watch(generation)))?);
        }
        shared.next_id += 1;
        let id = shared.next_id;
        shared.listeners.push(Listener { id, threshold, long_poll: Arc::new(long_poll) });
        Ok(Self { id })
    }

    /// Looks at once: who is in a poll now is measured from now on at the latest.
    ///
    /// Worth calling when a shutdown begins, so that its report is exact about
    /// what blocked since then.
    #[expect(clippy::unused_self, reason = "only who watches has figures to refresh")]
    pub(crate) fn look(&self) {
        Shared::lock().look(Instant::now());
    }

    /// Returns how long `run` has been inside one poll, if it is in one now; at
    /// least, see [`TICK`]. Zero if nobody has looked since the poll began.
    #[expect(clippy::unused_self, reason = "without a watch nobody looks, and every figure would be zero")]
    pub(crate) fn in_poll(&self, run: RunId) -> Option<Duration> {
        let now = Instant::now();
        let shared = Shared::lock();
        let since = |poll: &InPoll| {
            let first = shared.seen.iter().find(|(seen, _)| seen == poll);
            first.map_or(Duration::ZERO, |(_, first)| now.saturating_duration_since(*first))
        };
        snapshot().iter().filter(|poll| poll.run == run).map(since).max()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut shared = Shared::lock();
        let ended = shared.listeners.iter().position(|listener| listener.id == self.id);
        let ended = ended.map(|index| shared.listeners.swap_remove(index));
        if shared.listeners.is_empty()
            && let Some(thread) = shared.thread.take()
        {
            shared.generation += 1;
            shared.seen = Vec::new();
            thread.unpark();
        }
        drop(shared);
        // After the lock: it may hold the last reference to the engine.
        drop(ended);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("in_poll", &snapshot()).finish_non_exhaustive()
    }
}

fn watch(generation: u64) {
    let mut woken = false;
    loop {
        let mut shared = Shared::lock();
        if shared.generation != generation {
            return;
        }
        let now = Instant::now();
        shared.look(now);
        if shared.seen.is_empty() && !woken {
            drop(shared);
            woken = sleep();
            continue;
        }
        let calls = long_polls(&shared, now);
        drop(shared);
        for (long_poll, run, in_poll) in calls {
            // The callback's panic is not the end of watching.
            let _ = catch_unwind(AssertUnwindSafe(|| long_poll(run, in_poll)));
        }
        // Whoever was woken stays up for a tick, even if that poll is over:
        // under load waking costs something once a tick, not for every poll.
        woken = false;
        thread::park_timeout(TICK);
    }
}

fn long_polls(shared: &Shared, now: Instant) -> Vec<(Arc<LongPoll>, RunId, Duration)> {
    let mut calls = Vec::new();
    for (poll, first) in &shared.seen {
        let in_poll = now.saturating_duration_since(*first);
        let due = shared.listeners.iter().filter(|listener| in_poll >= listener.threshold);
        calls.extend(due.map(|listener| (Arc::clone(&listener.long_poll), poll.run, in_poll)));
    }
    calls
}

/// Nothing is in a poll: says so, looks once more after a while, and only then
/// sleeps. Returns whether somebody who entered a poll ended the sleep.
fn sleep() -> bool {
    if ASLEEP.swap(true, Ordering::AcqRel) {
        // It was said before the last look, and nobody has entered a poll since.
        thread::park();
    } else {
        thread::park_timeout(SETTLE);
    }
    !ASLEEP.load(Ordering::Acquire)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::{super::during, *};

    /// The watcher is one for the process, so these tests take turns.
    static TURN: Mutex<()> = Mutex::new(());

    fn turn() -> MutexGuard<'static, ()> {
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch_for(run: u64) -> (Watch, Receiver<Duration>) {
        let (sender, receiver) = channel();
        let sender = Mutex::new(sender);
        let watch = Watch::start(Duration::from_millis(700), move |seen, in_poll| {
            if seen == RunId::new(run) {
                let _ = sender.lock().unwrap().send(in_poll);
            }
        });
        (watch.unwrap(), receiver)
    }

    fn wait_until(mut condition: impl FnMut() -> bool) {
        let until = Instant::now() + Duration::from_secs(10);
        while !condition() {
            assert!(Instant::now() < until, "it never happened");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_poll_that_lasts_is_told_again_and_again_while_it_lasts() {
        let _turn = turn();
        let (watch, long) = watch_for(3001);
        wait_until(|| ASLEEP.load(Ordering::Acquire));
        let (sender, release) = channel::<()>();
        let poll = thread::spawn(move || during(RunId::new(3001), || release.recv()));
        let first = long.recv_timeout(Duration::from_secs(10)).unwrap();
        let second = long.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(first >= Duration::from_millis(700) && second > first, "{first:?} {second:?}");
        assert!(watch.in_poll(RunId::new(3001)) >= Some(second));
        assert_eq!(watch.in_poll(RunId::new(3002)), None);
        drop(sender);
        let _ = poll.join().unwrap();
        assert_eq!(watch.in_poll(RunId::new(3001)), None);
    }

    #[test]
    fn many_short_polls_of_one_run_are_not_a_long_one() {
        let _turn = turn();
        let (watch, long) = watch_for(3003);
        let until = Instant::now() + Duration::from_millis(1500);
        while Instant::now() < until {
            during(RunId::new(3003), || thread::sleep(Duration::from_millis(1)));
        }
        assert!(long.try_recv().is_err());
        drop(watch);
    }

    #[test]
    fn a_look_starts_the_measure() {
        let _turn = turn();
        let (watch, _long) = watch_for(3004);
        during(RunId::new(3004), || {
            watch.look();
            thread::sleep(Duration::from_millis(20));
            assert!(watch.in_poll(RunId::new(3004)) >= Some(Duration::from_millis(20)));
        });
    }

    #[test]
    fn no_poll_is_slept_through() {
        let _turn = turn();
        let (watch, _long) = watch_for(3005);
        for _ in 0..100 {
            wait_until(|| ASLEEP.load(Ordering::Acquire));
            during(RunId::new(3005), || {
                let since = Instant::now();
                wait_until(|| Shared::lock().seen.iter().any(|(poll, _)| poll.run == RunId::new(3005)));
                assert!(since.elapsed() < Duration::from_secs(5));
                // Spares the test its tick: the watcher looks again and goes to sleep.
                Shared::lock().thread.as_ref().unwrap().unpark();
            });
        }
        drop(watch);
    }

    #[test]
    fn the_thread_lives_while_somebody_watches() {
        let _turn = turn();
        let (first, _long) = watch_for(3006);
        let (second, _long) = watch_for(3007);
        drop(first);
        assert!(Shared::lock().thread.is_some());
        drop(second);
        assert!(Shared::lock().thread.is_none() && Shared::lock().listeners.is_empty());
    }

    #[test]
    fn a_callback_that_panics_does_not_end_the_watching() {
        let _turn = turn();
        let faulty = Watch::start(Duration::ZERO, |_, _| std::panic::resume_unwind(Box::new(()))).unwrap();
        let (watch, long) = watch_for(3008);
        during(RunId::new(3008), || long.recv_timeout(Duration::from_secs(10))).unwrap();
        drop((faulty, watch));
    }
}
