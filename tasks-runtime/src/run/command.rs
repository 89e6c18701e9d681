//! What the engine tells a run.

use tasks_core::__private::RunCell;

/// One thing that the engine tells a run. Commands add up; none is taken back
/// within an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Command {
    /// Somebody asked for its end: token, grace if it listens, then dropped.
    Cancel = 1,
    /// Shutdown cancels its token.
    Stop = 2,
    /// Shutdown drops it.
    Drop = 4,
    /// It was accounted for elsewhere; its task has only to end.
    Gone = 8,
    /// It has its place in the pool again.
    Granted = 16,
}

impl Command {
    /// Gives the command and wakes the run.
    pub(crate) fn give(self, cell: &RunCell) {
        cell.add_command(self as u8);
        cell.wake();
    }

    pub(crate) fn is_in(self, commands: u8) -> bool {
        commands & self as u8 != 0
    }
}
