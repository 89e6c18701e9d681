//! The runs that are not over, by id.
//!
//! Each living run costs its own bytes and about eleven more: the records lie
//! side by side in one list, whose gaps are used again, and a table leads from
//! the id to the place. A map with the records in it would keep a third of them
//! empty.

use tasks_core::RunId;

use super::{Living, living::high};

/// Living runs, by id.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    places: Vec<Place>,
    /// The gap that was left last.
    gap: Option<u32>,
    table: Table,
}

#[derive(Debug)]
enum Place {
    Taken(Living),
    /// And the gap that was left before this one.
    Gap(Option<u32>),
}

/// An emptied list longer than this is let go.
const KEPT: usize = 1024;

impl Runs {
    pub(crate) fn len(&self) -> usize {
        self.table.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.table.len == 0
    }

    pub(crate) fn contains_key(&self, run: &RunId) -> bool {
        self.get(run).is_some()
    }

    fn place_of(&self, run: RunId) -> Option<usize> {
        let high = high(run);
        // The table compares the lower half.
        self.table
            .find(run, |place| matches!(&self.places[place], Place::Taken(living) if living.high == high))
    }

    pub(crate) fn get(&self, run: &RunId) -> Option<&Living> {
        match &self.places[self.place_of(*run)?] {
            Place::Taken(living) => Some(living),
            Place::Gap(_) => None,
        }
    }

    pub(crate) fn get_mut(&mut self, run: &RunId) -> Option<&mut Living> {
        let place = self.place_of(*run)?;
        match &mut self.places[place] {
            Place::Taken(living) => Some(living),
            Place::Gap(_) => None,
        }
    }

    /// Adds a run, whose id is not among them.
    pub(crate) fn insert(&mut self, living: Living) {
        let run = living.id();
        let place = match self.gap {
            Some(gap) => {
                let place = &mut self.places[gap as usize];
                if let Place::Gap(before) = std::mem::replace(place, Place::Taken(living)) {
                    self.gap = before;
                }
                gap
            }
            None => {
                self.places.push(Place::Taken(living));
                (self.places.len() - 1) as u32
            }
        };
        self.table.insert(run, place);
    }

    pub(crate) fn remove(&mut self, run: &RunId) -> Option<Living> {
        let place = self.place_of(*run)?;
        self.table.remove(*run, place as u32);
        let Place::Taken(living) = std::mem::replace(&mut self.places[place], Place::Gap(self.gap)) else {
            return None;
        };
        self.gap = Some(place as u32);
        if self.is_empty() && self.places.len() > KEPT {
            (self.places, self.gap, self.table) = Default::default();
        }
        Some(living)
    }

    /// In no order that means anything.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Living> {
        self.places.iter().filter_map(|place| match place {
            Place::Taken(living) => Some(living),
            Place::Gap(_) => None,
        })
    }

    /// In no order that means anything.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Living> {
        self.places.iter_mut().filter_map(|place| match place {
            Place::Taken(living) => Some(living),
            Place::Gap(_) => None,
        })
    }
}

impl Drop for Runs {
    /// The program is gone: nobody waits for the end of a run in vain.
    fn drop(&mut self) {
        self.values().for_each(|living| living.cell.tell_end(None));
    }
}

#[cfg(test)]
impl std::ops::Index<&RunId> for Runs {
    type Output = Living;

    fn index(&self, run: &RunId) -> &Living {
        self.get(run).expect("the run lives")
    }
}

/// Leads from an id to a place, by open addressing. An id is a count, so nobody
/// can choose ids that meet, and a multiplication spreads them evenly.
#[derive(Debug, Default)]
struct Table {
    /// The low half of the id and one more than the place; zero is empty. A
    /// power of two of them, or none.
    entries: Vec<(u32, u32)>,
    len: usize,
}

impl Table {
    fn home(&self, low: u32) -> usize {
        // The golden ratio of 32 bits: what is counted up ends up far apart.
        let spread = low.wrapping_mul(0x9E37_79B9);
        ((u64::from(spread) * self.entries.len() as u64) >> 32) as usize
    }

    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.entries.len() - 1)
    }

    fn find(&self, run: RunId, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        let low = run.get() as u32;
        let mut at = self.home(low);
        loop {
            match self.entries[at] {
                (_, 0) => return None,
                (other, place) if other == low && is_it(place as usize - 1) => {
                    return Some(place as usize - 1);
                }
                _ => at = self.next(at),
            }
        }
    }

    fn insert(&mut self, run: RunId, place: u32) {
        if (self.len + 1) * 8 > self.entries.len() * 7 {
            let twice = vec![(0, 0); (self.entries.len() * 2).max(16)];
            for (low, place) in std::mem::replace(&mut self.entries, twice) {
                if place > 0 {
                    self.put(low, place);
                }
            }
        }
        self.put(run.get() as u32, place + 1);
        self.len += 1;
    }

    fn put(&mut self, low: u32, place: u32) {
        let mut at = self.home(low);
        while self.entries[at].1 > 0 {
            at = self.next(at);
        }
        self.entries[at] = (low, place);
    }

    /// Takes out an entry that is there, and closes the gap.
    fn remove(&mut self, run: RunId, place: u32) {
        let mut gap = self.home(run.get() as u32);
        while self.entries[gap].1 != place + 1 {
            gap = self.next(gap);
        }
        let last = self.entries.len() - 1;
        let mut at = gap;
        loop {
            at = self.next(at);
            let (low, place) = self.entries[at];
            if place == 0 {
                break;
            }
            // One that stands at or after its home without passing the gap stays.
            let from_home = at.wrapping_sub(self.home(low)) & last;
            if from_home >= at.wrapping_sub(gap) & last {
                self.entries[gap] = (low, place);
                gap = at;
            }
        }
        self.entries[gap] = (0, 0);
        self.len -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{
        super::{State, tests::no_host_cell},
        *,
    };
    use crate::{clock::Mono, plan::TaskIndex};

    fn run(number: u64) -> RunId {
        RunId::new(number)
    }

    #[test]
    fn a_table_agrees_with_a_map_whatever_comes_and_goes() {
        let mut rng = fastrand::Rng::with_seed(46);
        for _ in 0..50 {
            let (mut table, mut map) = (Table::default(), HashMap::new());
            let (mut next, mut ids) = (rng.u64(..1 << 34), HashMap::new());
            for place in 0..2_000_u32 {
                if !map.is_empty() && rng.u8(..100) < 45 {
                    let nth = rng.usize(..map.len());
                    let gone = *map.keys().nth(nth).expect("there are as many");
                    let place = map.remove(&gone).expect("it is there");
                    table.remove(run(gone), place);
                } else {
                    // Ids count up, and those of other programs lie between.
                    next += rng.u64(1..4);
                    table.insert(run(next), place);
                    map.insert(next, place);
                    ids.insert(place as usize, next);
                }
                let probe = next - rng.u64(..200).min(next);
                let found = table.find(run(probe), |place| ids.get(&place) == Some(&probe));
                assert_eq!(found, map.get(&probe).map(|place| *place as usize));
                assert_eq!(table.len, map.len());
            }
            for (id, place) in &map {
                let found = table.find(run(*id), |place| ids.get(&place) == Some(id));
                assert_eq!(found, Some(*place as usize));
            }
        }
    }

    #[test]
    fn ids_that_differ_in_their_upper_half_alone_are_two_runs() {
        let mut runs = Runs::default();
        let (one, other, none) = (7, 7 + (1 << 32), 7 + (2 << 32));
        for (number, wanted) in [(one, 1), (other, 2)] {
            let living = Living::new(TaskIndex(0), no_host_cell(number), State::Running, Mono(wanted));
            runs.insert(living);
        }
        assert_eq!(
            [one, other].map(|id| runs.get(&run(id)).map(Living::id)),
            [one, other].map(|id| Some(run(id)))
        );
        assert!(!runs.contains_key(&run(none)));
        assert_eq!(runs.remove(&run(one)).map(|living| living.id()), Some(run(one)));
        assert!(!runs.contains_key(&run(one)) && runs.contains_key(&run(other)));
    }

    #[test]
    fn ids_that_count_up_are_found_at_once() {
        let mut table = Table::default();
        (1..=100_000).for_each(|id| table.insert(run(id), id as u32));
        for (at, (low, place)) in table.entries.iter().enumerate() {
            assert!(*place == 0 || at.abs_diff(table.home(*low)) < 16, "{low} is far from home");
        }
    }
}
