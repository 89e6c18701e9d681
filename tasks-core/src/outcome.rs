//! Why a run exists and how it ended.

use std::fmt;

/// Why a run exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Trigger {
    /// The program started.
    Boot,
    /// A schedule was due.
    Schedule,
    /// Somebody asked by name: `Handle::trigger` or `--run-task`.
    Manual,
    /// The tasks it is declared `after` are ready.
    Dependency,
    /// Code spawned it with `Handle::spawn`.
    Spawn,
    /// The run of a service before it ended, and `restart` asks for another.
    Restart,
}

impl Trigger {
    /// Returns the word that logs, listings and metrics use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Schedule => "schedule",
            Self::Manual => "manual",
            Self::Dependency => "dependency",
            Self::Spawn => "spawn",
            Self::Restart => "restart",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a run ended. Each run ends in exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Outcome {
    /// The body returned `Ok` or `()` in time.
    Succeeded,
    /// The body, or an extractor of one of its parameters, returned `Err`.
    Failed,
    /// It ran past `timeout` or `deadline`, whatever it returned.
    TimedOut,
    /// It panicked.
    Panicked,
    /// Somebody asked for its end.
    Cancelled,
    /// Shutdown cut it short.
    Interrupted,
    /// Its thread never came back.
    Abandoned,
}

impl Outcome {
    /// Every outcome, in the order in which they are documented.
    pub const ALL: [Self; 7] = [
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Panicked,
        Self::Cancelled,
        Self::Interrupted,
        Self::Abandoned,
    ];

    /// Returns the word that logs, listings and metrics use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Abandoned => "abandoned",
        }
    }

    /// Returns true for the ends that an essential task must not have:
    /// `failed`, `timed_out` and `panicked`.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut | Self::Panicked)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
