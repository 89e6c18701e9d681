//! What runs have told the engine and it has not heard yet.
//!
//! The end of a run needs no answer, nor does the moment at which it wants to be
//! looked at again, so nobody has to wait for the engine's lock to tell it: if
//! somebody has it, it is written down here, and whoever has the lock looks here
//! when it has released it, if somebody has asked for that. Whoever comes to the
//! engine reads it first, unless it makes no difference to what it comes for.

use std::{
    cell::Cell,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering, fence},
    },
    time::Duration,
};

use tasks_core::RunId;

use crate::{
    clock::{Mono, Now},
    room::is_worth_keeping,
    run::AttemptEnd,
};

thread_local! {
    /// An empty list, to be used again.
    static SPARE: Cell<Vec<Message>> = const { Cell::new(Vec::new()) };
}

/// So many ends may wait for whoever comes next, and the first of them so long
/// while others follow.
const MOST_WAITING: usize = 32;
const LONGEST_WAIT: Duration = Duration::from_micros(50);

/// What a run tells.
#[derive(Debug)]
pub(crate) enum Message {
    /// It is over.
    Ended { run: RunId, end: AttemptEnd, attempts: u32, now: Now },
    /// It wants to be looked at at this moment.
    Alarm { run: RunId, at: Mono },
}

#[derive(Debug, Default)]
pub(crate) struct Inbox {
    /// Whether the list may hold something.
    is_any: AtomicBool,
    /// Whether it is time to tell the engine.
    is_time: AtomicBool,
    list: Mutex<Vec<Message>>,
}

impl Inbox {
    fn list(&self) -> MutexGuard<'_, Vec<Message>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a message down, after which whoever does [asks](Self::ask) for it to
    /// be read.
    pub(crate) fn push(&self, message: Message) {
        let mut list = self.list();
        list.push(message);
        self.is_any.store(true, Ordering::Relaxed);
    }

    /// Writes down an end that may wait for others. Returns whether it is time to
    /// [ask](Self::ask).
    pub(crate) fn push_end(&self, run: RunId, end: AttemptEnd, attempts: u32, now: Now) -> bool {
        let mut list = self.list();
        let has_waited = match list.first() {
            Some(Message::Ended { now: first, .. }) => now.mono.since(first.mono),
            // Somebody has asked already.
            Some(Message::Alarm { .. }) | None => Duration::ZERO,
        };
        list.push(Message::Ended { run, end, attempts, now });
        self.is_any.store(true, Ordering::Relaxed);
        list.len() >= MOST_WAITING || has_waited >= LONGEST_WAIT
    }

    /// Asks for what is there to be read. Whoever does then tries to take the
    /// engine's lock.
    pub(crate) fn ask(&self) {
        self.is_time.store(true, Ordering::Relaxed);
        // Either this thread sees the lock released, or the one that releases
        // it sees this: each writes first, and then reads what the other
        // has written.
        fence(Ordering::SeqCst);
    }

    /// Whether there may be anything.
    pub(crate) fn may_be_any(&self) -> bool {
        self.is_any.load(Ordering::Relaxed)
    }

    /// Whether somebody has asked.
    pub(crate) fn is_time(&self) -> bool {
        self.is_time.load(Ordering::Relaxed)
    }

    /// The same, for whoever has just released the engine's lock.
    pub(crate) fn is_time_meanwhile(&self) -> bool {
        fence(Ordering::SeqCst);
        self.is_time()
    }

    /// Takes every message out, in the order in which they came.
    pub(crate) fn read(&self, mut read: impl FnMut(Message)) {
        if !self.may_be_any() && !self.is_time() {
            return;
        }
        let spare = SPARE.try_with(Cell::take).unwrap_or_default();
        let mut list = self.list();
        let mut messages = std::mem::replace(&mut *list, spare);
        self.is_any.store(false, Ordering::Relaxed);
        // Under the lock of the list: whoever asks has written to it before.
        self.is_time.store(false, Ordering::Relaxed);
        drop(list);
        let used = messages.len();
        messages.drain(..).for_each(&mut read);
        if is_worth_keeping(messages.capacity(), used) {
            // A thread that is ending has nothing to keep.
            let _ = SPARE.try_with(|spare| spare.set(messages));
        }
    }
}
