//! Shared parts of runs that are over, to be used again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tasks_core::__private::{RunCell, RunFacts};

use crate::panic::{EarlierHook, catch};

/// More than this are not kept: a burst of runs is no reason to hold its memory
/// for ever.
const MOST: usize = 1024;

/// Shared parts of runs that are over.
#[derive(Debug, Default)]
pub(crate) struct SpareCells(Mutex<Vec<Arc<RunCell>>>);

impl SpareCells {
    fn cells(&self) -> MutexGuard<'_, Vec<Arc<RunCell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shared part of a new run.
    pub(crate) fn make(&self, facts: RunFacts) -> Arc<RunCell> {
        let spare = self.cells().pop();
        if let Some(mut cell) = spare
            && let Some(unused) = Arc::get_mut(&mut cell)
        {
            unused.renew(facts);
            return cell;
        }
        Arc::new(RunCell::new(facts))
    }

    /// Keeps the cell of a run that is over for the next one. If a body left a
    /// clone of its context somewhere, the cell stays with that.
    pub(crate) fn keep(&self, cell: &mut Arc<RunCell>, earlier_hook: EarlierHook) {
        let Some(unused) = Arc::get_mut(cell) else { return };
        match unused.may_hold_foreign() {
            // A value that nobody took is dropped here, and its `Drop` may panic.
            true if catch(earlier_hook, || unused.clear()).is_err() => return,
            true => {}
            false => unused.clear(),
        }
        let mut cells = self.cells();
        if cells.len() < MOST {
            cells.push(Arc::clone(cell));
        }
    }
}
