//! What happens in a running program, as typed events.
//!
//! Log, results and counters are observers of the same events; nothing is
//! only logged and nothing only counted.

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use tasks_core::{__private::RunCell, RunId, Trigger};

use crate::{error::Problem, report::Cut, result::RunResult};

/// Why a due instant became no run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SkipReason {
    /// The task still ran, or waited to run.
    Overlap,
    /// The instant passed while the program could not serve it.
    Misfire,
    /// Several local times fell into one gap of daylight saving time; one run
    /// stands for all of them.
    DstGap,
    /// The program is shutting down.
    Shutdown,
    /// Too many runs wait, or too many threads of the task are stuck.
    Capacity,
}

impl SkipReason {
    /// Every reason, in the order in which they are documented.
    pub const ALL: [Self; 5] = [Self::Overlap, Self::Misfire, Self::DstGap, Self::Shutdown, Self::Capacity];

    /// Returns the word that logs and metrics use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overlap => "overlap",
            Self::Misfire => "misfire",
            Self::DstGap => "dst_gap",
            Self::Shutdown => "shutdown",
            Self::Capacity => "capacity",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a program ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopCause {
    /// This signal arrived.
    Signal(i32),
    /// The code asked, with `Handle::shutdown`.
    Asked,
    /// Nothing was left to do, under `exit_when_idle`.
    Idle,
    /// This essential task failed.
    Essential(Arc<str>),
    /// The Tokio runtime was shut down while runs were living.
    RuntimeDropped,
}

/// The run that an event speaks of.
#[derive(Clone, Debug)]
pub(crate) struct RunRef {
    pub(crate) task: Arc<str>,
    pub(crate) run: RunId,
    pub(crate) trigger: Trigger,
    pub(crate) scheduled_at: Option<Timestamp>,
}

impl RunRef {
    pub(crate) fn of(cell: &RunCell) -> Self {
        let facts = cell.facts();
        Self {
            task: Arc::clone(&facts.task),
            run: facts.id,
            trigger: facts.trigger,
            scheduled_at: facts.scheduled_at,
        }
    }
}

/// One step of a life cycle. The name of each variant, in snake case, is the
/// `event` field of the log.
#[derive(Debug)]
pub(crate) enum Event {
    Ready {
        /// Enabled tasks of each crate, sorted by crate.
        crates: Vec<(String, usize)>,
        /// Lines that the start has to tell, such as a dependency counted as met.
        notes: Vec<String>,
    },
    Idle,
    /// The first attempt of a run is polled for the first time.
    RunStarted {
        run: RunRef,
    },
    AttemptFailed {
        run: RunRef,
        attempt: u32,
        error: String,
        backtrace: Option<Box<str>>,
    },
    RetryScheduled {
        run: RunRef,
        attempt: u32,
        delay: Duration,
    },
    RunEnded {
        result: RunResult,
        /// Of a panic, where `RUST_BACKTRACE` asked for one.
        backtrace: Option<Box<str>>,
    },
    FiringSkipped {
        task: Arc<str>,
        reason: SkipReason,
        count: u64,
        first: Timestamp,
        last: Timestamp,
    },
    /// A run is past its limit and grace and its thread has not come back.
    /// Repeated at 1, 2, 4 … minutes while it lasts.
    Stuck {
        run: RunRef,
        age: Duration,
        in_poll: Duration,
    },
    Blocked {
        task: Arc<str>,
        dependency: Arc<str>,
    },
    ClockStepped {
        task: Arc<str>,
        back: Duration,
    },
    /// A schedule whose instants are all over.
    PastSchedule {
        task: Arc<str>,
    },
    ShutdownStarted {
        cause: StopCause,
        budget: Duration,
        running: Vec<RunRef>,
    },
    ShutdownEnded {
        clean: bool,
        cut: Vec<Cut>,
        took: Duration,
    },
    StartFailed {
        problem: Problem,
    },
}
