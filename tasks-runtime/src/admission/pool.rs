//! A named limit of concurrent runs, and the queue before it.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tasks_core::{RunId, policy::Priority};

use crate::clock::Mono;

/// A waiting run rises one level for each whole one of these.
const LEVEL: Duration = Duration::from_secs(5);

/// One queue for each priority, in the order in which runs began to wait.
///
/// Within one queue the head has waited longest, so it also stands highest;
/// the next run is always one of four heads, however long the queues are.
#[derive(Debug)]
pub(crate) struct Pool {
    size: u32,
    used: u32,
    queues: [VecDeque<Waiting>; Priority::ALL.len()],
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    run: RunId,
    since: Mono,
}

impl Pool {
    pub(crate) fn new(size: u32) -> Self {
        Self { size, used: 0, queues: Default::default() }
    }

    /// Takes places, unless that would pass the limit or somebody waits already.
    pub(crate) fn take(&mut self, places: u32) -> bool {
        let free = self.used + places <= self.size && self.queues.iter().all(VecDeque::is_empty);
        if free {
            self.used += places;
        }
        free
    }

    pub(crate) fn wait(&mut self, run: RunId, priority: Priority, now: Mono) {
        self.queues[priority as usize].push_back(Waiting { run, since: now });
    }

    pub(crate) fn forget(&mut self, run: RunId) {
        for queue in &mut self.queues {
            queue.retain(|waiting| waiting.run != run);
        }
    }

    pub(crate) fn used(&self) -> u32 {
        self.used
    }

    pub(crate) fn waiting(&self) -> u32 {
        self.queues.iter().map(|queue| queue.len() as u32).sum()
    }

    /// How many come before a run that waits, if nobody else comes.
    pub(crate) fn ahead(&self, run: RunId, now: Mono) -> Option<u32> {
        let all = || {
            self.queues.iter().enumerate().flat_map(|(level, queue)| queue.iter().map(move |w| (level, w)))
        };
        let rank = |level: usize, waiting: &Waiting| (risen(level, waiting, now), waiting.since);
        let (level, own) = all().find(|(_, waiting)| waiting.run == run)?;
        let (own_rank, mut ahead) = (rank(level, own), 0);
        for (level, waiting) in all() {
            let rank = rank(level, waiting);
            // Equals that began to wait together go by name, which is not known here.
            ahead += u32::from(rank < own_rank || rank == own_rank && waiting.run < run);
        }
        Some(ahead)
    }

    /// Nobody waits any more.
    pub(crate) fn close(&mut self) {
        self.queues = Default::default();
    }

    /// Gives one place back, and on to whoever comes first.
    pub(crate) fn release(&mut self, now: Mono, name_of: impl Fn(RunId) -> Arc<str>) -> Option<RunId> {
        let next = self.next(now, name_of);
        if next.is_none() {
            self.used = self.used.saturating_sub(1);
        }
        next
    }

    fn next(&mut self, now: Mono, name_of: impl Fn(RunId) -> Arc<str>) -> Option<RunId> {
        let best = (0..self.queues.len())
            .filter_map(|level| {
                let head = self.queues[level].front()?;
                let effective = risen(level, head, now);
                Some((effective, head.since, name_of(head.run), level))
            })
            .min()?;
        self.queues[best.3].pop_front().map(|waiting| waiting.run)
    }
}

/// The level to which a run has risen.
fn risen(level: usize, waiting: &Waiting, now: Mono) -> u64 {
    let risen = now.since(waiting.since).as_secs() / LEVEL.as_secs();
    (level as u64).saturating_sub(risen)
}
