//! What happens in a running program, as typed events.
//!
//! Log, observers and subscribers are told the same events; nothing is only
//! logged. A new one is a variant of [`EventKind`], its arm in
//! `EventKind::facts`, its words in `log/emitter.rs` and its row in
//! `docs/logs.md`.

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use tasks_core::{__private::RunCell, RunId, Trigger};

use crate::{
    clock::{Mono, Now},
    error::Problem,
    report::Cut,
    result::RunResult,
};

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
    /// The task was paused: [`Handle::pause`](crate::Handle::pause).
    Paused,
    /// The program is shutting down.
    Shutdown,
    /// Too many runs wait, or too many threads of the task are stuck.
    Capacity,
}

impl SkipReason {
    /// Every reason, in the order in which they are documented.
    pub const ALL: [Self; 6] =
        [Self::Overlap, Self::Misfire, Self::DstGap, Self::Paused, Self::Shutdown, Self::Capacity];

    /// Returns the word that logs and metrics use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overlap => "overlap",
            Self::Misfire => "misfire",
            Self::DstGap => "dst_gap",
            Self::Paused => "paused",
            Self::Shutdown => "shutdown",
            Self::Capacity => "capacity",
        }
    }
}

impl SkipReason {
    /// The same for a reader.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Overlap => "its last run goes on",
            Self::Misfire => "the instant had passed",
            Self::DstGap => "the local time does not exist that day",
            Self::Paused => "it is paused",
            Self::Shutdown => "the program is shutting down",
            Self::Capacity => "too much waits or is stuck",
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RunRef {
    /// The name of the task.
    pub task: Arc<str>,
    /// The id of the run.
    pub run: RunId,
    /// Why it exists.
    pub trigger: Trigger,
    /// The due instant of a scheduled run.
    pub scheduled_at: Option<Timestamp>,
}

impl RunRef {
    pub(crate) fn of(cell: &RunCell) -> Self {
        Self {
            task: Arc::clone(cell.task()),
            run: cell.id(),
            trigger: cell.trigger(),
            scheduled_at: cell.scheduled_at(),
        }
    }
}

/// One step of a life cycle, and when it came about.
///
/// # Examples
///
/// ```
/// use tasks_runtime::{Event, EventKind};
///
/// fn page(event: &Event) -> Option<String> {
///     match &event.kind {
///         EventKind::RunEnded { result, .. } if result.outcome.is_failure() => {
///             Some(format!("{} failed at {}: {:?}", result.task, event.at, result.error))
///         }
///         EventKind::Stuck { run, in_poll, .. } => Some(format!("{} is stuck for {in_poll:?}", run.task)),
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// When the program decided or noticed it, by the wall clock.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// The same moment for what compares moments: the wall clock may be set.
    pub(crate) mono: Mono,
}

impl Event {
    pub(crate) fn new(kind: EventKind, now: Now) -> Self {
        Self { at: now.wall, kind, mono: now.mono }
    }

    /// Returns the word that the `event` field of the log has for it, such as `run_ended`.
    pub fn name(&self) -> &'static str {
        self.kind.facts().name
    }

    /// Returns the name of the task that it is about, if it is about one.
    pub fn task(&self) -> Option<&str> {
        self.kind.facts().task
    }

    /// Returns the id of the run that it is about, if it is about one.
    pub fn run(&self) -> Option<RunId> {
        self.kind.facts().run
    }
}

/// What happened. The name of each variant, in snake case, is the `event`
/// field of the log.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EventKind {
    /// Everything was checked and set up, and boot runs are admitted.
    #[non_exhaustive]
    Ready {
        /// Enabled tasks of each crate, sorted by crate.
        crates: Vec<(String, usize)>,
        /// Lines that the start has to tell, such as a dependency counted as met.
        notes: Vec<String>,
    },
    /// Nothing runs and nothing is scheduled. Once for each program.
    Idle,
    /// The first attempt of a run is about to be polled for the first time.
    #[non_exhaustive]
    RunStarted {
        /// The run.
        run: RunRef,
    },
    /// An attempt ended in an error, a panic or a timeout, and the run goes on.
    #[non_exhaustive]
    AttemptFailed {
        /// The run.
        run: RunRef,
        /// The attempt that failed, counted from 1.
        attempt: u32,
        /// The error and its causes, or the panic's message and place: one
        /// line, control characters escaped, cut at 4 KiB.
        error: String,
        /// Of a panic, where `RUST_BACKTRACE` asked for one.
        backtrace: Option<Box<str>>,
    },
    /// A run waits for its next attempt.
    #[non_exhaustive]
    RetryScheduled {
        /// The run.
        run: RunRef,
        /// The attempt to come, counted from 1.
        attempt: u32,
        /// How long it waits.
        delay: Duration,
    },
    /// A run is over. Exactly once for each run, started or not.
    #[non_exhaustive]
    RunEnded {
        /// How it ended.
        result: RunResult,
        /// Of a panic, where `RUST_BACKTRACE` asked for one.
        backtrace: Option<Box<str>>,
    },
    /// Due instants of a schedule became no run.
    #[non_exhaustive]
    FiringSkipped {
        /// The name of the task.
        task: Arc<str>,
        /// Why.
        reason: SkipReason,
        /// How many instants.
        count: u64,
        /// The first of them.
        first: Timestamp,
        /// The last of them.
        last: Timestamp,
    },
    /// A run is past its limit and grace and its thread has not come back.
    /// Repeated at 1, 2, 4 … minutes while it lasts.
    #[non_exhaustive]
    Stuck {
        /// The run.
        run: RunRef,
        /// How long it has been running.
        age: Duration,
        /// How long it has been inside one poll, at least.
        in_poll: Duration,
    },
    /// A task is not started, because a task it is declared `after` did not become ready.
    #[non_exhaustive]
    Blocked {
        /// The name of the task.
        task: Arc<str>,
        /// The name of the task that it waits for.
        dependency: Arc<str>,
    },
    /// A run of a service ended, and another will follow.
    #[non_exhaustive]
    ServiceRestarting {
        /// The name of the task.
        task: Arc<str>,
        /// How long it waits.
        delay: Duration,
        /// Restarts since it was last stable, this one included.
        restarts: u32,
    },
    /// A service was restarted more often than its window allows. It goes on,
    /// at its longest wait.
    #[non_exhaustive]
    ServiceDegraded {
        /// The name of the task.
        task: Arc<str>,
        /// Restarts since it was last stable, the next one included.
        restarts: u32,
        /// The restarts that the window allows.
        max: u32,
        /// The window.
        within: Duration,
    },
    /// A service that was degraded has lived long enough to be stable.
    #[non_exhaustive]
    ServiceRecovered {
        /// The name of the task.
        task: Arc<str>,
    },
    /// The wall clock was set back; the schedule does not run the same instants again.
    #[non_exhaustive]
    ClockStepped {
        /// The name of the task.
        task: Arc<str>,
        /// By how much.
        back: Duration,
    },
    /// The firings of a task are skipped from now on.
    #[non_exhaustive]
    Paused {
        /// The name of the task.
        task: Arc<str>,
        /// What whoever paused it said; may be empty.
        note: Arc<str>,
        /// When it ends by itself; `None` if somebody has to resume the task.
        until: Option<Timestamp>,
    },
    /// The firings of a task are served again.
    #[non_exhaustive]
    Resumed {
        /// The name of the task.
        task: Arc<str>,
        /// Somebody asked for it; otherwise its time had come.
        asked: bool,
    },
    /// A task was given another schedule.
    #[non_exhaustive]
    Rescheduled {
        /// The name of the task.
        task: Arc<str>,
        /// The schedule in words, such as `every 5m`; `off` if it has none.
        schedule: Arc<str>,
    },
    /// All instants of a schedule are over.
    #[non_exhaustive]
    PastSchedule {
        /// The name of the task.
        task: Arc<str>,
    },
    /// The program begins to shut down.
    #[non_exhaustive]
    ShutdownStarted {
        /// Why.
        cause: StopCause,
        /// The time from the signal to the end of the process.
        budget: Duration,
        /// The runs that are under way.
        running: Vec<RunRef>,
    },
    /// The drain is over. The last event of a program.
    #[non_exhaustive]
    ShutdownEnded {
        /// Nothing had to be cut, no essential task failed and the teardown came to its end.
        clean: bool,
        /// The runs that had to be cut, the oldest first.
        cut: Vec<Cut>,
        /// The time since the shutdown began.
        took: Duration,
    },
    /// One of the reasons why nothing started.
    #[non_exhaustive]
    StartFailed {
        /// What is wrong, where, and what to do about it.
        problem: Problem,
    },
}

/// What can be said of an event without a look at all of it.
struct Facts<'a> {
    name: &'static str,
    task: Option<&'a str>,
    run: Option<RunId>,
}

impl EventKind {
    /// The one list of words, and of what each event is about.
    fn facts(&self) -> Facts<'_> {
        let of_none = |name| Facts { name, task: None, run: None };
        match self {
            Self::Ready { .. } => of_none("ready"),
            Self::Idle => of_none("idle"),
            Self::RunStarted { run } => run.facts("run_started"),
            Self::AttemptFailed { run, .. } => run.facts("attempt_failed"),
            Self::RetryScheduled { run, .. } => run.facts("retry_scheduled"),
            Self::RunEnded { result, .. } => {
                Facts { name: "run_ended", task: Some(&result.task), run: Some(result.run) }
            }
            Self::FiringSkipped { task, .. } => Facts::of_task("firing_skipped", task),
            Self::Stuck { run, .. } => run.facts("stuck"),
            Self::Blocked { task, .. } => Facts::of_task("blocked", task),
            Self::ServiceRestarting { task, .. } => Facts::of_task("service_restarting", task),
            Self::ServiceDegraded { task, .. } => Facts::of_task("service_degraded", task),
            Self::ServiceRecovered { task } => Facts::of_task("service_recovered", task),
            Self::ClockStepped { task, .. } => Facts::of_task("clock_stepped", task),
            Self::Paused { task, .. } => Facts::of_task("paused", task),
            Self::Resumed { task, .. } => Facts::of_task("resumed", task),
            Self::Rescheduled { task, .. } => Facts::of_task("rescheduled", task),
            Self::PastSchedule { task } => Facts::of_task("past_schedule", task),
            Self::ShutdownStarted { .. } => of_none("shutdown_started"),
            Self::ShutdownEnded { .. } => of_none("shutdown_ended"),
            Self::StartFailed { .. } => of_none("start_failed"),
        }
    }
}

impl<'a> Facts<'a> {
    fn of_task(name: &'static str, task: &'a str) -> Self {
        Self { name, task: Some(task), run: None }
    }
}

impl RunRef {
    fn facts(&self, name: &'static str) -> Facts<'_> {
        Facts { name, task: Some(&self.task), run: Some(self.run) }
    }
}
