//! What is kept for each task, by its place, in pieces that come to be when the
//! first task of theirs needs one: so no table is ever moved as it grows, and
//! a million tasks that never ran cost nothing in the tables of runs.

use crate::plan::TaskIndex;

/// Tasks in one piece.
const PIECE: usize = 256;

/// What is kept for each task.
#[derive(Debug)]
pub(crate) struct Table<T> {
    pieces: Vec<Option<Box<[T; PIECE]>>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { pieces: Vec::new() }
    }
}

impl<T: Default> Table<T> {
    /// What is kept for a task, if its piece has come to be.
    pub(crate) fn get(&self, task: TaskIndex) -> Option<&T> {
        let at = task.0 as usize;
        Some(&self.pieces.get(at / PIECE)?.as_deref()?[at % PIECE])
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, task: TaskIndex) -> Option<&mut T> {
        let at = task.0 as usize;
        Some(&mut self.pieces.get_mut(at / PIECE)?.as_deref_mut()?[at % PIECE])
    }

    /// What is kept for a task, whose piece comes to be if it has not.
    pub(crate) fn at(&mut self, task: TaskIndex) -> &mut T {
        let at = task.0 as usize;
        if at / PIECE >= self.pieces.len() {
            self.pieces.resize_with(at / PIECE + 1, || None);
        }
        &mut self.pieces[at / PIECE].get_or_insert_with(piece)[at % PIECE]
    }

    /// The places that have come to be, in their order.
    pub(crate) fn places(&self) -> impl Iterator<Item = TaskIndex> + use<T> {
        let pieces: Vec<_> =
            (0..).zip(&self.pieces).filter(|(_, piece)| piece.is_some()).map(|(at, _)| at).collect();
        pieces
            .into_iter()
            .flat_map(|at: u32| (0..PIECE as u32).map(move |of| TaskIndex(at * PIECE as u32 + of)))
    }
}

/// Made on the heap: a stack may be too small for it.
fn piece<T: Default>() -> Box<[T; PIECE]> {
    let piece: Box<[T]> = std::iter::repeat_with(T::default).take(PIECE).collect();
    match piece.try_into() {
        Ok(piece) => piece,
        Err(_) => unreachable!("a piece has its length"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_comes_to_be_with_the_first_task_of_it_that_is_changed() {
        let mut table = Table::<u64>::default();
        let far = TaskIndex(1_000_000);
        assert_eq!(table.get(far), None);
        assert_eq!(table.get_mut(far), None);
        *table.at(far) = 7;
        assert_eq!(
            (table.get(far), table.get(TaskIndex(1_000_001)), table.get(TaskIndex(0))),
            (Some(&7), Some(&0), None)
        );
        *table.at(TaskIndex(3)) += 1;
        assert_eq!(table.places().count(), 2 * PIECE);
        let kept: Vec<_> =
            table.places().filter(|task| table.get(*task).is_some_and(|kept| *kept > 0)).collect();
        assert_eq!(kept, [TaskIndex(3), far]);
    }
}
