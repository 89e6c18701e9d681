//! The runs that wait for an earlier run of their task, in the order in which
//! they came. Of a million tasks few have any, and one without takes 8 bytes.

use std::collections::VecDeque;

use tasks_core::RunId;

/// Runs in line.
#[derive(Debug, Default)]
#[expect(clippy::box_collection, reason = "most have none, and 8 bytes for that")]
pub(super) struct Gate(pub(super) Option<Box<VecDeque<RunId>>>);

impl Gate {
    pub(super) fn len(&self) -> usize {
        self.0.as_deref().map_or(0, VecDeque::len)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many came before a run that waits here.
    pub(super) fn position(&self, run: RunId) -> Option<usize> {
        self.0.as_ref()?.iter().position(|waiting| *waiting == run)
    }

    /// Who came last.
    pub(super) fn back(&self) -> Option<&RunId> {
        self.0.as_ref()?.back()
    }

    pub(super) fn push_back(&mut self, run: RunId) {
        self.0.get_or_insert_default().push_back(run);
    }

    pub(super) fn pop_front(&mut self) -> Option<RunId> {
        self.0.as_mut()?.pop_front()
    }

    /// Takes one out of the line.
    pub(super) fn remove(&mut self, place: usize) {
        if let Some(line) = &mut self.0 {
            line.remove(place);
        }
    }
}
