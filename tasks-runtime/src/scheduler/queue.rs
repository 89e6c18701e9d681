//! The moments at which schedules are to be served, the earliest first.
//!
//! A moment counts while it is the next one of its schedule. One that no longer
//! does stays where it is until its time has come, or until those are more than
//! the others. Then the heap is gone through, a few moments with each one that
//! is queued: no call is ever long, however many schedules come, go and change.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
};

/// A moment at which a schedule is to be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) at: i64,
    /// Who comes first of those at one instant.
    pub(super) urgency: u8,
    pub(super) index: u32,
}

/// Moments on one clock.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Moment>>,
    /// What is gone through.
    old: BinaryHeap<Reverse<Moment>>,
    /// The last one that was found to count, which may be queued twice.
    kept: Option<Moment>,
}

/// More than this are gone through with each moment that is queued, so that it
/// is over before it has to begin again.
const AT_ONCE: usize = 4;

impl Queue {
    pub(super) fn push(&mut self, moment: Moment) {
        if self.heap.len() == self.heap.capacity() {
            // Not twice as much: of a million most would stay empty.
            self.heap.reserve_exact(64.max(self.heap.len() / 8));
        }
        self.heap.push(Reverse(moment));
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.heap.len() + self.old.len()
    }

    /// The earliest moment.
    pub(super) fn first(&self) -> Option<Moment> {
        let first = |heap: &BinaryHeap<Reverse<Moment>>| heap.peek().map(|Reverse(moment)| *moment);
        first(&self.heap).into_iter().chain(first(&self.old)).min()
    }

    /// The earliest moment, to be put off or taken out.
    pub(super) fn first_mut(&mut self) -> Option<First<'_>> {
        let is_old = match (self.heap.peek(), self.old.peek()) {
            // The greatest of the reversed is the earliest.
            (Some(new), Some(old)) => old > new,
            (new, old) => new.is_none() && old.is_some(),
        };
        let heap = if is_old { &mut self.old } else { &mut self.heap };
        heap.peek_mut().map(First)
    }

    /// Goes on with taking out what no longer counts, and begins with it if
    /// there is more than `most`.
    pub(super) fn tidy(&mut self, most: usize, counts: impl Fn(Moment) -> bool) {
        if self.old.is_empty() {
            if self.heap.len() <= most {
                return;
            }
            std::mem::swap(&mut self.heap, &mut self.old);
            self.kept = None;
        }
        for _ in 0..AT_ONCE {
            let Some(Reverse(moment)) = self.old.pop() else { break };
            if self.kept != Some(moment) && counts(moment) {
                self.kept = Some(moment);
                self.push(moment);
            }
        }
        if self.old.is_empty() {
            self.old = BinaryHeap::new();
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The earliest moment of a queue.
pub(super) struct First<'a>(PeekMut<'a, Reverse<Moment>>);

impl First<'_> {
    pub(super) fn moment(&self) -> Moment {
        self.0.0
    }

    /// Puts it off: cheaper than to take it out and to queue it again.
    pub(super) fn put_off(mut self, at: i64) {
        self.0.0.at = at;
    }

    pub(super) fn take(self) {
        PeekMut::pop(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(at: i64) -> Moment {
        Moment { at, urgency: 0, index: at.unsigned_abs() as u32 }
    }

    fn drained(queue: &mut Queue) -> Vec<i64> {
        let mut all = Vec::new();
        while let Some(first) = queue.first_mut() {
            all.push(first.moment().at);
            first.take();
        }
        all
    }

    #[test]
    fn the_earliest_comes_first_also_while_it_is_tidied() {
        let mut queue = Queue::default();
        for at in (0..1000).rev() {
            queue.push(moment(at));
        }
        // The third of them counts. A few are gone through at a time.
        queue.tidy(999, |moment| moment.index % 3 == 0);
        assert_eq!(queue.len(), 998, "two of the first four count");
        queue.push(moment(-6));
        assert_eq!(queue.first(), Some(moment(-6)));
        for _ in 0..300 {
            queue.tidy(999, |moment| moment.index % 3 == 0);
        }
        let mut expected: Vec<i64> = (0..1000).filter(|at| at % 3 == 0).collect();
        expected.insert(0, -6);
        assert_eq!(drained(&mut queue), expected);
    }

    #[test]
    fn one_that_is_queued_again_and_again_does_not_pile_up() {
        let mut queue = Queue::default();
        for _ in 0..10_000 {
            queue.push(moment(7));
            queue.tidy(66, |moment| moment.at == 7);
            assert!(queue.len() < 150, "{}", queue.len());
        }
    }

    #[test]
    fn one_that_is_put_off_takes_its_new_place() {
        let mut queue = Queue::default();
        for at in [3, 1, 2] {
            queue.push(moment(at));
        }
        queue.tidy(2, |_| true);
        assert_eq!(queue.first().map(|first| first.at), Some(1));
        queue.first_mut().unwrap().put_off(5);
        assert_eq!(drained(&mut queue), [2, 3, 5]);
    }
}
