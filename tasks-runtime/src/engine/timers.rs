//! Moments at which the engine does something by itself: restarts, delayed
//! runs, the end of a pause. Schedules have their own (`scheduler`).

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::clock::Mono;

/// What is to happen, and when; equal moments in the order in which they were set.
#[derive(Debug)]
pub(super) struct Timers<T> {
    heap: BinaryHeap<Set<T>>,
    sequence: u64,
}

#[derive(Debug)]
struct Set<T> {
    at: Mono,
    sequence: u64,
    what: T,
}

impl<T> Timers<T> {
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::new(), sequence: 0 }
    }

    /// Sets one. There is no taking back: whoever is called checks whether
    /// it still means anything.
    pub(super) fn set(&mut self, at: Mono, what: T) {
        self.sequence += 1;
        self.heap.push(Set { at, sequence: self.sequence, what });
    }

    /// Takes the next one whose moment has come.
    pub(super) fn take_due(&mut self, now: Mono) -> Option<T> {
        let is_due = self.heap.peek().is_some_and(|next| next.at <= now);
        is_due.then(|| self.heap.pop())?.map(|next| next.what)
    }

    pub(super) fn next_wake(&self) -> Mono {
        self.heap.peek().map_or(Mono::NEVER, |next| next.at)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    pub(super) fn clear(&mut self) {
        self.heap.clear();
    }
}

impl<T> Ord for Set<T> {
    /// The earliest is the greatest, as the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

impl<T> PartialOrd for Set<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Set<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Set<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_equals_in_the_order_in_which_they_were_set() {
        let mut timers = Timers::new();
        for (at, what) in [(5, "b"), (3, "a"), (5, "c"), (9, "d")] {
            timers.set(Mono(at), what);
        }
        assert_eq!(timers.next_wake(), Mono(3));
        let due: Vec<_> = std::iter::from_fn(|| timers.take_due(Mono(5))).collect();
        assert_eq!(due, ["a", "b", "c"]);
        assert_eq!(timers.next_wake(), Mono(9));
    }
}
