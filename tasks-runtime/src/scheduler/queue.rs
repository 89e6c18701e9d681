//! The moments at which schedules are to be served, the earliest first.
//!
//! A schedule that was served is put off by its period, and those of one period
//! are served in their order: so what is put off by the same length follows
//! what was put off by it before, and stands in a line that needs no sorting.
//! Everything else is in a heap.
//!
//! A moment counts while it is the next one of its schedule. One that no longer
//! does stays where it is until its time has come, or until those are more than
//! the others. Then all are gone through, a few moments with each one that is
//! queued: no call is ever long, however many schedules come, go and change.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
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
    new: Sorted,
    /// What is gone through.
    old: Sorted,
    /// The last one that was found to count, which may be queued twice.
    kept: Option<Moment>,
    /// By how much something was put off for which there was no line.
    strange: i64,
}

/// More than this are gone through with each moment that is queued, so that it
/// is over before it has to begin again.
const AT_ONCE: usize = 4;

/// So many lines there are at most. Each is looked at for each moment.
const MOST_LINES: usize = 8;

/// Less room than this is never given back.
const KEPT: usize = 1024;

/// Moments of which the earliest can be had.
#[derive(Debug, Default)]
struct Sorted {
    heap: BinaryHeap<Reverse<Moment>>,
    lines: Vec<Line>,
}

/// Moments in their order.
#[derive(Debug)]
struct Line {
    /// By how much each of them was put off.
    period: i64,
    moments: VecDeque<Moment>,
}

/// Where a moment stands.
#[derive(Clone, Copy, Debug)]
enum Stand {
    Heap,
    Line(usize),
}

/// How much more room there is to be for so many: not twice as much, for of a
/// million most would stay empty.
fn more_than(len: usize) -> usize {
    64.max(len / 8)
}

impl Sorted {
    fn len(&self) -> usize {
        self.heap.len() + self.lines.iter().map(|line| line.moments.len()).sum::<usize>()
    }

    fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// The earliest, and where it stands.
    fn first(&self) -> Option<(Moment, Stand)> {
        let mut first = self.heap.peek().map(|Reverse(moment)| (*moment, Stand::Heap));
        for (nth, line) in self.lines.iter().enumerate() {
            if let Some(moment) = line.moments.front()
                && first.is_none_or(|(first, _)| *moment < first)
            {
                first = Some((*moment, Stand::Line(nth)));
            }
        }
        first
    }

    fn push(&mut self, moment: Moment) {
        if self.heap.len() == self.heap.capacity() {
            self.heap.reserve_exact(more_than(self.heap.len()));
        }
        self.heap.push(Reverse(moment));
    }

    /// Takes out the earliest, which stands there.
    fn take(&mut self, stand: Stand) -> Option<Moment> {
        match stand {
            Stand::Heap => {
                let first = self.heap.pop();
                let room = self.heap.capacity();
                if room > KEPT && self.heap.len() < room / 4 {
                    self.heap.shrink_to(room / 2);
                }
                first.map(|Reverse(moment)| moment)
            }
            Stand::Line(nth) => {
                let moments = &mut self.lines[nth].moments;
                let first = moments.pop_front();
                let room = moments.capacity();
                if room > KEPT && moments.len() < room / 4 {
                    moments.shrink_to(room / 2);
                }
                first
            }
        }
    }

    /// The line of what is put off by so much and not before that moment.
    fn line(&mut self, period: i64, moment: Moment) -> Option<&mut Line> {
        let line = self.lines.iter_mut().find(|line| line.period == period)?;
        line.moments.back().is_none_or(|last| *last <= moment).then_some(line)
    }

    /// Begins a line, unless there is one or there are as many as there may be.
    fn begin_line(&mut self, period: i64) {
        if self.lines.iter().any(|line| line.period == period) {
            return;
        }
        if let Some(line) = self.lines.iter_mut().find(|line| line.moments.is_empty()) {
            line.period = period;
        } else if self.lines.len() < MOST_LINES {
            self.lines.push(Line { period, moments: VecDeque::new() });
        }
    }
}

impl Line {
    fn push(&mut self, moment: Moment) {
        if self.moments.len() == self.moments.capacity() {
            self.moments.reserve_exact(more_than(self.moments.len()));
        }
        self.moments.push_back(moment);
    }
}

impl Queue {
    pub(super) fn push(&mut self, moment: Moment) {
        self.new.push(moment);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.new.len() + self.old.len()
    }

    /// The earliest moment.
    pub(super) fn first(&self) -> Option<Moment> {
        let (new, old) = (self.new.first(), self.old.first());
        new.into_iter().chain(old).map(|(moment, _)| moment).min()
    }

    /// The earliest moment, to be put off or taken out.
    pub(super) fn first_mut(&mut self) -> Option<First<'_>> {
        let (is_old, (moment, stand)) = match (self.new.first(), self.old.first()) {
            (Some(new), Some(old)) if old.0 < new.0 => (true, old),
            (Some(new), _) => (false, new),
            (None, old) => (true, old?),
        };
        Some(First { queue: self, is_old, moment, stand })
    }

    /// Goes on with taking out what no longer counts, and begins with it if
    /// there is more than `most`.
    pub(super) fn tidy(&mut self, most: usize, counts: impl Fn(Moment) -> bool) {
        if self.old.is_empty() {
            if self.new.len() <= most {
                return;
            }
            std::mem::swap(&mut self.new, &mut self.old);
            self.kept = None;
        }
        for _ in 0..AT_ONCE {
            let Some((moment, stand)) = self.old.first() else { break };
            self.old.take(stand);
            if self.kept != Some(moment) && counts(moment) {
                self.kept = Some(moment);
                self.push(moment);
            }
        }
        if self.old.is_empty() {
            self.old = Sorted::default();
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The earliest moment of a queue.
pub(super) struct First<'a> {
    queue: &'a mut Queue,
    is_old: bool,
    moment: Moment,
    stand: Stand,
}

impl First<'_> {
    pub(super) fn moment(&self) -> Moment {
        self.moment
    }

    /// Puts it off: cheaper than to take it out and to queue it again.
    pub(super) fn put_off(self, at: i64) {
        let (later, period) = (Moment { at, ..self.moment }, at.saturating_sub(self.moment.at));
        let Self { queue: Queue { new, old, strange, .. }, is_old, stand, .. } = self;
        if let Some(line) = new.line(period, later) {
            line.push(later);
        } else {
            // Where two are put off by the same, others will be.
            if std::mem::replace(strange, period) == period {
                new.begin_line(period);
            }
            if let (false, Stand::Heap, Some(mut first)) = (is_old, stand, new.heap.peek_mut()) {
                first.0 = later;
                return;
            }
            new.push(later);
        }
        let from = if is_old { old } else { new };
        from.take(stand);
    }

    pub(super) fn take(self) {
        let from = if self.is_old { &mut self.queue.old } else { &mut self.queue.new };
        from.take(self.stand);
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
    fn whatever_is_put_off_and_queued_the_earliest_comes_first() {
        let mut rng = fastrand::Rng::with_seed(73);
        for round in 0..200 {
            let mut queue = Queue::default();
            let mut model = std::collections::BTreeSet::new();
            let periods: Vec<i64> = (0..rng.u8(1..20)).map(|_| rng.i64(1..1_000)).collect();
            let mut index = 0;
            for _ in 0..2_000 {
                if model.is_empty() || rng.u8(..100) < 10 {
                    index += 1;
                    let new = Moment { at: rng.i64(0..2_000), urgency: rng.u8(..3), index };
                    queue.push(new);
                    model.insert(new);
                    // Nothing is to be taken out, so everything is gone through for nothing.
                    queue.tidy(if round % 2 == 0 { usize::MAX } else { 1 }, |_| true);
                    continue;
                }
                let first = queue.first_mut().unwrap();
                let moment = first.moment();
                assert_eq!(model.pop_first(), Some(moment));
                match rng.u8(..100) {
                    0..5 => first.take(),
                    nth => {
                        // Some have a period of their own, or none.
                        let period = match nth {
                            5..90 => periods[moment.index as usize % periods.len()],
                            _ => rng.i64(0..2_000),
                        };
                        first.put_off(moment.at + period);
                        model.insert(Moment { at: moment.at + period, ..moment });
                    }
                }
                assert_eq!((queue.first(), queue.len()), (model.first().copied(), model.len()));
            }
        }
    }

    #[test]
    fn what_is_put_off_by_one_period_stands_in_a_line_and_leaves_no_room_behind() {
        let mut queue = Queue::default();
        let mut rng = fastrand::Rng::with_seed(74);
        for index in 0..100_000 {
            queue.push(Moment { at: rng.i64(0..1_000_000), urgency: 0, index });
        }
        for _ in 0..250_000 {
            let first = queue.first_mut().unwrap();
            let at = first.moment().at;
            first.put_off(at + 1_000_000);
        }
        assert!(queue.new.heap.len() < 3 && queue.new.lines.len() == 1);
        let room = queue.new.heap.capacity() + queue.new.lines[0].moments.capacity();
        assert!(room < 120_000, "{room}");
        assert_eq!(queue.len(), 100_000);
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
