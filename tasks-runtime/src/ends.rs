//! Runs that are over and that the engine has not accounted for yet.
//!
//! The end of a run needs no answer, so nobody has to wait for the engine's lock
//! to tell it: if somebody has it, the end is written down here, and whoever has
//! the lock, or comes by it next, accounts for it before anything else.

use std::{
    cell::Cell,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering, fence},
    },
    time::Duration,
};

use tasks_core::RunId;

use crate::{clock::Now, run::AttemptEnd};

thread_local! {
    /// An empty list, to be used again.
    static SPARE: Cell<Vec<RunEnd>> = const { Cell::new(Vec::new()) };
}

/// So many ends may wait for whoever comes next, and the first of them so long
/// while others follow.
const MOST_WAITING: usize = 32;
const LONGEST_WAIT: Duration = Duration::from_micros(50);

/// A longer list is not kept.
const MAX_SPARE: usize = 4096;

/// The end of a run.
#[derive(Debug)]
pub(crate) struct RunEnd {
    pub(crate) run: RunId,
    pub(crate) end: AttemptEnd,
    pub(crate) attempts: u32,
    pub(crate) now: Now,
}

#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// Whether the list may hold something.
    is_any: AtomicBool,
    list: Mutex<Vec<RunEnd>>,
}

impl Ends {
    fn list(&self) -> MutexGuard<'_, Vec<RunEnd>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down an end. Whoever does tries to take the engine's lock then, at
    /// the latest when this says that it is time.
    pub(crate) fn push(&self, end: RunEnd) -> bool {
        let mut list = self.list();
        let first = list.first().map_or(end.now.mono, |first| first.now.mono);
        let has_waited = end.now.mono.since(first);
        list.push(end);
        let is_time = list.len() >= MOST_WAITING || has_waited >= LONGEST_WAIT;
        self.is_any.store(true, Ordering::Relaxed);
        drop(list);
        // Either this thread sees the lock released, or the one that releases
        // it sees the list: each writes first, and then reads what the other
        // has written.
        fence(Ordering::SeqCst);
        is_time
    }

    /// Whether there may be anything to account for.
    pub(crate) fn may_be_any(&self) -> bool {
        self.is_any.load(Ordering::Relaxed)
    }

    /// Whether there is anything to account for. Asked after the engine's lock
    /// was released.
    pub(crate) fn is_any(&self) -> bool {
        fence(Ordering::SeqCst);
        self.is_any.load(Ordering::Relaxed)
    }

    /// Takes every end out, in the order in which they came.
    pub(crate) fn take(&self, mut account: impl FnMut(RunEnd)) {
        if !self.is_any.load(Ordering::Relaxed) {
            return;
        }
        let spare = SPARE.try_with(Cell::take).unwrap_or_default();
        let mut list = self.list();
        let mut ends = std::mem::replace(&mut *list, spare);
        self.is_any.store(false, Ordering::Relaxed);
        drop(list);
        ends.drain(..).for_each(&mut account);
        if ends.capacity() <= MAX_SPARE {
            // A thread that is ending has nothing to keep.
            let _ = SPARE.try_with(|spare| spare.set(ends));
        }
    }
}
