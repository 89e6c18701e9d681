//! Moments at which the engine does something by itself: restarts, delayed
//! runs, the end of a pause. Schedules have their own (`scheduler`).

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::clock::Mono;

/// What is to happen, and when; equal moments in the order in which they were set.
#[derive(Debug)]
pub(super) struct Timers<T> {
    heap: BinaryHeap<Set<T>>,
    /// How many of them mean nothing any more, as far as anybody said so.
    moot: usize,
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
        Self { heap: BinaryHeap::new(), moot: 0, sequence: 0 }
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

    /// One of them means nothing any more. When they are many, all those that
    /// `means` says nothing good of are let go: the heap stays within twice of
    /// what is needed.
    pub(super) fn one_is_moot(&mut self, means: impl Fn(&T) -> bool) {
        self.moot += 1;
        if self.moot > 64 && self.moot > self.heap.len() / 2 {
            self.heap.retain(|set| means(&set.what));
            self.moot = 0;
        }
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

    #[test]
    fn what_means_nothing_any_more_does_not_pile_up() {
        let mut timers = Timers::new();
        timers.set(Mono(7), 7);
        for number in 100..10_100_u64 {
            timers.set(Mono(number), number);
            timers.one_is_moot(|number| *number < 100);
            assert!(timers.len() <= 132, "{}", timers.len());
        }
        assert_eq!(timers.take_due(Mono(7)), Some(7));
    }
}
