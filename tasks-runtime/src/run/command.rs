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
    /// Said by the run itself: its first attempt has begun.
    Begun = 32,
    /// Said by a part of the run that nobody awaits: it panicked.
    Panicked = 64,
}

impl Command {
    /// Gives the command and wakes the run.
    pub(crate) fn give(self, cell: &RunCell) {
        cell.add_command(self as u8);
        match self {
            // Not left to the run's own task: with every worker blocked that
            // gets no poll, and a body on the blocking pool can still listen.
            Self::Cancel | Self::Stop => cell.cancel_and_wake(),
            _ => cell.wake(),
        }
    }

    /// Ends a run that has not begun. Returns false if it has.
    pub(crate) fn end_unbegun(cell: &RunCell) -> bool {
        let ended = cell.add_command_unless(Self::Gone as u8, Self::Begun as u8);
        if ended {
            cell.wake();
        }
        ended
    }

    /// Says that the first attempt begins. Returns false if the run is gone.
    pub(crate) fn begin(cell: &RunCell) -> bool {
        cell.add_command_unless(Self::Begun as u8, Self::Gone as u8)
    }

    pub(crate) fn is_in(self, commands: u8) -> bool {
        commands & self as u8 != 0
    }
}
