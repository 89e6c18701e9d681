//! The runs that are not over, by id.
//!
//! Each living run costs its own bytes and about six more: the records lie side
//! by side in one list, whose gaps are used again, and a table leads from the id
//! to the place. A map with the records in it would keep a third of them empty.

use tasks_core::RunId;

use super::Living;

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

    pub(crate) fn get(&self, run: &RunId) -> Option<&Living> {
        match &self.places[self.table.find(*run)?] {
            Place::Taken(living) => Some(living),
            Place::Gap(_) => None,
        }
    }

    pub(crate) fn get_mut(&mut self, run: &RunId) -> Option<&mut Living> {
        let place = self.table.find(*run)?;
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
        let place = self.table.remove(*run)?;
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

/// How many ids stand together.
const BLOCK: usize = 16;

/// Leads from an id to a place. Ids are counted up, so sixteen that follow each
/// other stand together: runs that begin or end one after the other are looked
/// up in the same line of memory. The blocks are found by open addressing;
/// nobody can choose ids that meet, and a multiplication spreads them evenly.
#[derive(Debug, Default)]
struct Table {
    /// One more than the number of a block; zero is none. A power of two of
    /// them, or none.
    blocks: Vec<u64>,
    /// One more than the place of each run of the block; zero is none.
    places: Vec<[u32; BLOCK]>,
    /// How many blocks there are.
    taken: usize,
    len: usize,
}

/// The block of an id, as it stands in the table, and where it is in there.
fn split(run: RunId) -> (u64, usize) {
    (run.get() / BLOCK as u64 + 1, (run.get() % BLOCK as u64) as usize)
}

impl Table {
    fn home(&self, block: u64) -> usize {
        // The golden ratio of 64 bits: what is counted up ends up far apart.
        let spread = block.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        ((spread * self.blocks.len() as u64) >> 32) as usize
    }

    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.blocks.len() - 1)
    }

    /// Where the block stands, or else where it would.
    fn seek(&self, block: u64) -> Result<usize, usize> {
        let mut at = self.home(block);
        loop {
            match self.blocks[at] {
                0 => return Err(at),
                other if other == block => return Ok(at),
                _ => at = self.next(at),
            }
        }
    }

    fn find(&self, run: RunId) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        let (block, nth) = split(run);
        (self.places[self.seek(block).ok()?][nth] as usize).checked_sub(1)
    }

    /// Adds an id that is not there.
    fn insert(&mut self, run: RunId, place: u32) {
        if (self.taken + 1) * 8 > self.blocks.len() * 7 {
            self.grow();
        }
        let (block, nth) = split(run);
        let at = self.seek(block).unwrap_or_else(|at| {
            self.blocks[at] = block;
            self.taken += 1;
            at
        });
        self.places[at][nth] = place + 1;
        self.len += 1;
    }

    fn grow(&mut self) {
        let twice = (self.blocks.len() * 2).max(8);
        let blocks = std::mem::replace(&mut self.blocks, vec![0; twice]);
        let places = std::mem::replace(&mut self.places, vec![[0; BLOCK]; twice]);
        for (block, places) in blocks.into_iter().zip(places) {
            if block > 0
                && let Err(at) = self.seek(block)
            {
                (self.blocks[at], self.places[at]) = (block, places);
            }
        }
    }

    /// Takes an id out. Returns its place.
    fn remove(&mut self, run: RunId) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        let (block, nth) = split(run);
        let at = self.seek(block).ok()?;
        let place = std::mem::take(&mut self.places[at][nth]) as usize;
        let place = place.checked_sub(1)?;
        self.len -= 1;
        if self.places[at] == [0; BLOCK] {
            self.close(at);
        }
        Some(place)
    }

    /// Takes a block out that is empty, and closes the gap.
    fn close(&mut self, mut gap: usize) {
        let last = self.blocks.len() - 1;
        let mut at = gap;
        loop {
            at = self.next(at);
            let block = self.blocks[at];
            if block == 0 {
                break;
            }
            // One that stands at or after its home without passing the gap stays.
            let from_home = at.wrapping_sub(self.home(block)) & last;
            if from_home >= at.wrapping_sub(gap) & last {
                (self.blocks[gap], self.places[gap]) = (block, self.places[at]);
                gap = at;
            }
        }
        (self.blocks[gap], self.places[gap]) = (0, [0; BLOCK]);
        self.taken -= 1;
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
        for round in 0..50 {
            let (mut table, mut map) = (Table::default(), HashMap::new());
            let mut next = rng.u64(..1 << 34);
            for place in 0..2_000_u32 {
                if !map.is_empty() && rng.u8(..100) < 45 {
                    let nth = rng.usize(..map.len());
                    let gone = *map.keys().nth(nth).expect("there are as many");
                    let place = map.remove(&gone).expect("it is there");
                    assert_eq!(table.remove(run(gone)), Some(place as usize));
                } else {
                    // Ids count up, and those of other programs lie between.
                    next += rng.u64(1..if round % 2 == 0 { 4 } else { 100 });
                    table.insert(run(next), place);
                    map.insert(next, place);
                }
                let probe = next - rng.u64(..200).min(next);
                let found = table.find(run(probe));
                assert_eq!(found, map.get(&probe).map(|place| *place as usize));
                assert_eq!(table.len, map.len());
            }
            for (id, place) in &map {
                assert_eq!(table.find(run(*id)), Some(*place as usize));
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
        for (at, block) in table.blocks.iter().enumerate() {
            assert!(*block == 0 || at.abs_diff(table.home(*block)) < 16, "{block} is far from home");
        }
        assert_eq!(table.taken, 100_000 / BLOCK + 1);
    }

    #[test]
    fn a_table_of_runs_that_are_over_is_empty() {
        let mut table = Table::default();
        (1..=100_000).for_each(|id| {
            table.insert(run(id), 0);
            assert_eq!(table.remove(run(id)), Some(0));
            assert_eq!(table.remove(run(id)), None);
        });
        assert_eq!((table.len, table.taken, table.blocks.len()), (0, 0, 8));
    }
}
