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
//! queued: however many schedules come, go and change, no call is long but one
//! that makes room or gives it back.

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
    /// The earliest of all.
    first: Option<First>,
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

/// A line of so few gives way to one of another period.
const FEW: usize = 64;

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

/// The earliest moment, and where it stands.
#[derive(Clone, Copy, Debug)]
struct First {
    moment: Moment,
    stand: Stand,
    is_old: bool,
}

/// Where a moment stands in one of the two.
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

/// How much room is to be left for so many that had this room, if any is to be
/// given back.
fn less_than(room: usize, len: usize) -> Option<usize> {
    (room > KEPT && len + len / 4 < room).then_some(len + len / 16)
}

impl Sorted {
    fn len(&self) -> usize {
        self.heap.len() + self.lines.iter().map(|line| line.moments.len()).sum::<usize>()
    }

    fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    /// The earliest, and where it stands.
    #[inline]
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
    fn take(&mut self, stand: Stand) {
        match stand {
            Stand::Heap => {
                self.heap.pop();
                if let Some(room) = less_than(self.heap.capacity(), self.heap.len()) {
                    self.heap.shrink_to(room);
                }
            }
            Stand::Line(nth) => {
                let moments = &mut self.lines[nth].moments;
                moments.pop_front();
                if let Some(room) = less_than(moments.capacity(), moments.len()) {
                    moments.shrink_to(room);
                }
            }
        }
    }

    /// The line of what is put off by so much and not before that moment.
    fn line(&mut self, period: i64, moment: Moment) -> Option<&mut Line> {
        let line = self.lines.iter_mut().find(|line| line.period == period)?;
        line.moments.back().is_none_or(|last| *last <= moment).then_some(line)
    }

    /// Begins a line. If there are as many as there may be, a short one gives
    /// way, and so does one of this period that what is put off did not fit.
    fn begin_line(&mut self, period: i64) {
        let is_full = self.lines.len() == MOST_LINES;
        let same = self.lines.iter().position(|line| line.period == period);
        let shortest = || (0..self.lines.len()).min_by_key(|nth| self.lines[*nth].moments.len());
        match same.or_else(|| shortest().filter(|_| is_full)) {
            Some(nth) if self.lines[nth].moments.len() <= FEW => {
                let line = Line { period, moments: VecDeque::new() };
                for moment in std::mem::replace(&mut self.lines[nth], line).moments {
                    self.push(moment);
                }
            }
            Some(_) => {}
            None => self.lines.push(Line { period, moments: VecDeque::new() }),
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
        if self.first.is_none_or(|first| moment < first.moment) {
            self.first = Some(First { moment, stand: Stand::Heap, is_old: false });
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.new.len() + self.old.len()
    }

    /// The earliest moment.
    pub(super) fn first(&self) -> Option<Moment> {
        self.first.map(|first| first.moment)
    }

    /// Puts the earliest moment off: cheaper than to take it out and to queue it
    /// again.
    pub(super) fn put_off(&mut self, at: i64) {
        let Some(First { moment, stand, is_old }) = self.first else { return };
        let (later, period) = (Moment { at, ..moment }, at.saturating_sub(moment.at));
        if let Some(line) = self.new.line(period, later) {
            line.push(later);
            return self.take();
        }
        if let (false, Stand::Heap, Some(mut first)) = (is_old, stand, self.new.heap.peek_mut()) {
            first.0 = later;
        } else {
            self.from(is_old).take(stand);
            self.new.push(later);
        }
        // Where two are put off by the same, others will be.
        if std::mem::replace(&mut self.strange, period) == period {
            self.new.begin_line(period);
        }
        self.look();
    }

    /// Takes the earliest moment out.
    pub(super) fn take(&mut self) {
        if let Some(First { stand, is_old, .. }) = self.first {
            self.from(is_old).take(stand);
            self.look();
        }
    }

    fn from(&mut self, is_old: bool) -> &mut Sorted {
        if is_old { &mut self.old } else { &mut self.new }
    }

    /// Looks which is the earliest now.
    fn look(&mut self) {
        let of = |is_old| move |(moment, stand)| First { moment, stand, is_old };
        self.first = self.new.first().map(of(false));
        if let Some(old) = self.old.first().map(of(true))
            && self.first.is_none_or(|first| old.moment < first.moment)
        {
            self.first = Some(old);
        }
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
                self.new.push(moment);
            }
        }
        if self.old.is_empty() {
            self.old = Sorted::default();
        }
        self.look();
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
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
        while let Some(first) = queue.first() {
            all.push(first.at);
            queue.take();
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
    fn whatever_is_put_off_and_queued_the_earliest_that_counts_comes_first() {
        let mut rng = fastrand::Rng::with_seed(73);
        for round in 0..200 {
            let (mut queue, mut model) = (Queue::default(), std::collections::BTreeMap::new());
            let periods: Vec<i64> = (0..rng.u8(1..20)).map(|_| rng.i64(1..1_000)).collect();
            let period_of = |index: u32| periods[index as usize % periods.len()];
            let schedules = rng.u32(1..300);
            let mut clock = 0;
            for _ in 0..3_000 {
                // Some schedules come or change; often to what they were.
                if model.is_empty() || rng.u8(..100) < [20, 60, 90][round % 3] {
                    let index = rng.u32(..schedules);
                    let at = clock + if round % 2 == 0 { rng.i64(0..3_000) } else { period_of(index) };
                    let new = Moment { at, urgency: (index % 3) as u8, index };
                    model.insert(index, new);
                    queue.push(new);
                    let most = 2 * model.len() + 8;
                    queue.tidy(most, |moment| model.get(&moment.index) == Some(&moment));
                    assert!(queue.len() <= 3 * most, "{} of {most}", queue.len());
                    continue;
                }
                let moment = queue.first().expect("some count");
                if model.get(&moment.index) != Some(&moment) {
                    queue.take();
                    continue;
                }
                assert_eq!(model.values().min(), Some(&moment));
                clock = moment.at;
                match rng.u8(..100) {
                    0..5 => {
                        queue.take();
                        model.remove(&moment.index);
                    }
                    nth => {
                        let period = if nth < 90 { period_of(moment.index) } else { rng.i64(0..2_000) };
                        queue.put_off(clock + period);
                        model.insert(moment.index, Moment { at: clock + period, ..moment });
                    }
                }
            }
        }
    }

    fn room(queue: &Queue) -> usize {
        let lines = queue.new.lines.iter().map(|line| line.moments.capacity());
        queue.new.heap.capacity() + lines.sum::<usize>()
    }

    /// Whatever comes out is put off by this, so many times.
    fn put_off(queue: &mut Queue, times: usize, period: i64) {
        for _ in 0..times {
            let at = queue.first().unwrap().at;
            queue.put_off(at + period);
            assert!(room(queue) <= queue.len() * 4 / 3 + 2 * KEPT, "{} for {}", room(queue), queue.len());
        }
    }

    #[test]
    fn what_is_put_off_by_one_period_stands_in_a_line_and_leaves_no_room_behind() {
        let mut queue = Queue::default();
        let mut rng = fastrand::Rng::with_seed(74);
        for index in 0..100_000 {
            queue.push(Moment { at: rng.i64(0..1_000_000), urgency: 0, index });
        }
        put_off(&mut queue, 250_000, 1_000_000);
        assert_eq!((queue.new.heap.len(), queue.new.lines.len(), queue.len()), (0, 1, 100_000));
        for _ in 0..99_000 {
            queue.take();
            assert!(room(&queue) <= queue.len() * 4 / 3 + 2 * KEPT, "{} for {}", room(&queue), queue.len());
        }
    }

    #[test]
    fn a_short_line_gives_way_to_the_many_of_another_period() {
        let mut queue = Queue::default();
        for nth in 0..MOST_LINES as i64 {
            // Two of each: they begin a line, and stay in it for long.
            queue.push(moment(nth));
            queue.push(moment(nth));
            put_off(&mut queue, 2, 1_000_000 + nth);
        }
        (0..5_000).for_each(|at| queue.push(moment(at)));
        put_off(&mut queue, 20_000, 10_000);
        assert!(queue.new.lines.iter().any(|line| line.moments.len() > 4_900));
        assert_eq!(queue.new.lines.len(), MOST_LINES);
    }

    #[test]
    fn one_that_is_put_off_takes_its_new_place() {
        let mut queue = Queue::default();
        for at in [3, 1, 2] {
            queue.push(moment(at));
        }
        queue.tidy(2, |_| true);
        assert_eq!(queue.first().map(|first| first.at), Some(1));
        queue.put_off(5);
        assert_eq!(drained(&mut queue), [2, 3, 5]);
    }
}
