//! What the kit knows of the program under test, and what it makes it do.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use tasks_core::RunId;
use tokio::sync::Notify;

use super::{
    fault::{Fault, Faults},
    seen::Log,
};
use crate::{
    event::{Event, EventKind, RunRef},
    observe::Observer,
};

/// The kit's side of the [`Probe`](crate::probe::Probe).
#[derive(Debug, Default)]
pub(crate) struct Watcher {
    /// Tokio tasks of the framework that were not dropped.
    alive: AtomicUsize,
    /// A closure began on a thread: time stands still until it is back.
    thread_began: Notify,
    books: Mutex<Books>,
    faults: Mutex<Faults>,
}

#[derive(Debug, Default)]
struct Books {
    /// Runs that were polled and have not ended.
    living: HashMap<RunId, RunRef>,
    /// Ends that observers were told of, by task.
    ended: HashMap<Arc<str>, u64>,
    /// Whoever looks on. Weak: it is over when the test drops it.
    open: Vec<Weak<Mutex<Log>>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watcher {
    pub(crate) fn began(&self) {
        self.alive.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn gone(&self) {
        self.alive.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn count_alive(&self) -> usize {
        self.alive.load(Ordering::Acquire)
    }

    pub(crate) fn on_thread(&self) {
        self.thread_began.notify_one();
    }

    pub(super) async fn thread_began(&self) {
        self.thread_began.notified().await;
    }

    pub(super) fn open(&self, log: &Arc<Mutex<Log>>) {
        held(&self.books).open.push(Arc::downgrade(log));
    }

    /// How many ends of runs of a task were told.
    pub(super) fn ends_of(&self, task: &str) -> u64 {
        held(&self.books).ended.get(task).copied().unwrap_or_default()
    }

    /// Runs that began and were never told to have ended, sorted.
    pub(super) fn unended(&self) -> Vec<RunRef> {
        let books = held(&self.books);
        let mut living: Vec<RunRef> = books.living.values().cloned().collect();
        living.sort_unstable_by_key(|run| run.run);
        living
    }

    pub(crate) fn fault_of(&self, task: &str) -> Option<Fault> {
        held(&self.faults).next(task)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        held(&self.faults)
    }
}

impl Observer for Watcher {
    fn observe(&self, event: &Event) {
        let mut books = held(&self.books);
        match &event.kind {
            EventKind::RunStarted { run } => drop(books.living.insert(run.run, run.clone())),
            EventKind::RunEnded { result, .. } => {
                books.living.remove(&result.run);
                match books.ended.get_mut(&result.task) {
                    Some(ended) => *ended += 1,
                    None => drop(books.ended.insert(Arc::clone(&result.task), 1)),
                }
            }
            _ => {}
        }
        if !books.open.is_empty() {
            books.open.retain(|log| match log.upgrade() {
                Some(log) => held(&log).note(event),
                None => false,
            });
        }
    }
}
