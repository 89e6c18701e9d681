//! Steering schedules: pausing, resuming, and giving another one.

use std::{
    fmt,
    panic::Location,
    sync::Arc,
    time::{Duration, SystemTime},
};

use jiff::Timestamp;

use super::{Handle, Reason, index_of};
use crate::{
    clock::Now,
    engine::Core,
    error::{Problem, plural},
    plan::{TaskIndex, read_schedule},
    schedule::Schedule,
};

impl Handle {
    /// Skips the firings of a task from now on, until somebody resumes it or
    /// `until` has come.
    ///
    /// They are skipped as `paused` and never made up for; the grid does not
    /// move. Runs that live, or wait for their turn, go on, and
    /// [`trigger`](Self::trigger) and [`spawn`](Self::spawn) still start one.
    /// A firing of `delay` that is skipped counts as a run that ended when it
    /// was skipped. Nothing of it is kept when the program ends.
    ///
    /// The note, cut at 4 KiB, is shown by [`tasks`](Self::tasks) and the log.
    /// A second pause replaces note and end of the first.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tasks_runtime::{Handle, scheduled, task};
    ///
    /// #[scheduled(every = "5m")]
    /// async fn send_reminders() {}
    ///
    /// #[task]
    /// async fn maintain(handle: Handle) -> anyhow::Result<()> {
    ///     handle.pause("send_reminders", "the mail server moves", Duration::from_secs(3600))?;
    ///     // Or for as long as nobody says otherwise.
    ///     handle.pause("send_reminders", "the mail server is lost", None)?;
    ///     handle.resume("send_reminders")?;
    ///     Ok(())
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> anyhow::Result<()> {
    /// # use tasks_runtime::registration;
    /// # let builder = tasks_runtime::builder().without_discovery();
    /// # let builder = builder.register(registration!(send_reminders)).register(registration!(maintain));
    /// # let handle = builder.start().await?;
    /// # while handle.results().is_empty() { tokio::task::yield_now().await }
    /// # assert_eq!(handle.results()[0].error, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if there is no such task, it has no schedule or is disabled,
    /// `until` is over already, or the program is shutting down.
    pub fn pause(
        &self,
        task: &str,
        note: impl Into<String>,
        until: impl Into<PauseUntil>,
    ) -> Result<(), SteerError> {
        self.pause_target(Target::Named(task), note.into(), until.into())
    }

    pub(super) fn pause_target(
        &self,
        target: Target<'_>,
        note: String,
        until: PauseUntil,
    ) -> Result<(), SteerError> {
        let note = note_of(note);
        self.shared.with(|core, now| {
            let index = target.find_now(core, now)?;
            core.pause(index, note, until, now).map_err(|refused| SteerError::of(core, index, refused))
        })
    }

    /// Serves the firings of a task again, from its next instant on. Returns
    /// whether it was paused.
    ///
    /// # Errors
    ///
    /// Fails if there is no such task.
    pub fn resume(&self, task: &str) -> Result<bool, SteerError> {
        self.resume_target(Target::Named(task))
    }

    pub(super) fn resume_target(&self, target: Target<'_>) -> Result<bool, SteerError> {
        self.shared.with(|core, now| {
            let index = target.find_now(core, now)?;
            Ok(core.resume(index, now))
        })
    }

    /// Gives a task another schedule from now on, or takes it away with
    /// [`Schedule::off`].
    ///
    /// Its grid begins now. The instants to come of the old one are dropped,
    /// those that have been due are served first, none is served twice, and
    /// `misfire` looks back no further than now. Runs that live go on; a task
    /// that is paused stays so. A task that still waits for others begins with
    /// the new schedule. The change is forgotten when the program ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tasks_runtime::{Handle, Schedule, scheduled, task};
    ///
    /// #[scheduled(every = "5m")]
    /// async fn poll_feeds() {}
    ///
    /// #[task]
    /// async fn slow_down(handle: Handle) -> anyhow::Result<()> {
    ///     handle.reschedule("poll_feeds", Schedule::every(Duration::from_secs(3600)))?;
    ///     let error = handle.reschedule("poll_feeds", Schedule::cron("61 * * * *")).unwrap_err();
    ///     assert!(error.to_string().contains("cron `61 * * * *` cannot be used"));
    ///     Ok(())
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> anyhow::Result<()> {
    /// # use tasks_runtime::registration;
    /// # let builder = tasks_runtime::builder().without_discovery();
    /// # let builder = builder.register(registration!(poll_feeds)).register(registration!(slow_down));
    /// # let handle = builder.start().await?;
    /// # while handle.results().is_empty() { tokio::task::yield_now().await }
    /// # assert_eq!(handle.results()[0].error, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if there is no such task, it is not scheduled or is disabled, the
    /// schedule cannot be used (with [all](SteerError::problems) that is wrong
    /// with it), or the program is shutting down. Nothing is changed then.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "it is made for this call, and reads well in it")]
    pub fn reschedule(&self, task: &str, schedule: Schedule) -> Result<(), SteerError> {
        self.reschedule_target(Target::Named(task), &schedule)
    }

    #[track_caller]
    pub(super) fn reschedule_target(
        &self,
        target: Target<'_>,
        schedule: &Schedule,
    ) -> Result<(), SteerError> {
        let (name, common) = self.shared.with(|core, _| {
            let index = target.find(core)?;
            let name = Arc::clone(&core.plan.tasks[index.0 as usize].name);
            Ok::<_, SteerError>((name, Arc::clone(&core.plan.common)))
        })?;
        let planned = read_schedule(schedule, &name, Location::caller(), &common)
            .map_err(|problems| SteerError(Kind::Schedule(problems)))?;
        self.shared.with(|core, now| {
            let index = target.find_now(core, now)?;
            core.reschedule(index, planned, now).map_err(|refused| SteerError::of(core, index, refused))
        })
    }
}

/// Which task is meant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    Named(&'a str),
    /// One that was added, and may have left since.
    Added {
        name: &'a Arc<str>,
        index: TaskIndex,
    },
}

impl Target<'_> {
    /// Finds it as it is now: where nobody could look at the clock for a while,
    /// pauses may be over, and with them tasks that were added.
    fn find_now(self, core: &mut Core, now: Now) -> Result<TaskIndex, SteerError> {
        core.end_pauses(now);
        self.find(core)
    }

    pub(super) fn find(self, core: &Core) -> Result<TaskIndex, SteerError> {
        match self {
            Self::Named(name) => Ok(index_of(core, name)?),
            Self::Added { name, index } if core.is_still(index, name) => Ok(index),
            Self::Added { name, .. } => {
                let complaint = format!("task `{name}` is not there any more: it was removed or is over");
                Err(SteerError(Kind::Unknown(complaint)))
            }
        }
    }
}

/// Cuts a note between two characters.
fn note_of(mut note: String) -> Arc<str> {
    const LONGEST: usize = 4096;
    let end = (0..=LONGEST.min(note.len())).rev().find(|end| note.is_char_boundary(*end));
    note.truncate(end.unwrap_or_default());
    note.into()
}

/// When a pause ends by itself.
///
/// Made from a [`Duration`], a [`Timestamp`], a [`SystemTime`], or `None` for
/// never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PauseUntil {
    /// It does not: somebody has to resume the task.
    Resumed,
    /// After so long on the monotonic clock, which does not see the wall clock
    /// being set.
    Elapsed(Duration),
    /// At this instant of the wall clock, which may be set.
    Instant(Timestamp),
}

impl From<Duration> for PauseUntil {
    fn from(length: Duration) -> Self {
        Self::Elapsed(length)
    }
}

impl From<Timestamp> for PauseUntil {
    fn from(at: Timestamp) -> Self {
        Self::Instant(at)
    }
}

impl From<SystemTime> for PauseUntil {
    /// An instant past the year 9999 is taken as the last of that year.
    fn from(at: SystemTime) -> Self {
        Self::Instant(Timestamp::try_from(at).unwrap_or(Timestamp::MAX))
    }
}

impl From<Option<Self>> for PauseUntil {
    fn from(until: Option<Self>) -> Self {
        until.unwrap_or(Self::Resumed)
    }
}

/// Why a schedule cannot be steered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Shutdown,
    Disabled,
    NotScheduled,
    /// The end of a pause is over.
    Past,
    /// It was declared, not added.
    Declared,
}

/// Why a schedule was not steered.
pub struct SteerError(Kind);

#[derive(Debug)]
enum Kind {
    /// With the complaint, which has a suggestion.
    Unknown(String),
    Refused(Arc<str>, Refused),
    Schedule(Vec<Problem>),
}

impl SteerError {
    pub(super) fn of(core: &Core, index: TaskIndex, refused: Refused) -> Self {
        Self(Kind::Refused(Arc::clone(&core.plan.tasks[index.0 as usize].name), refused))
    }

    fn is(&self, refused: Refused) -> bool {
        matches!(&self.0, Kind::Refused(_, why) if *why == refused)
    }

    /// Returns true if there is no task of this name.
    pub fn is_unknown(&self) -> bool {
        matches!(self.0, Kind::Unknown(_))
    }

    /// Returns true if no schedule starts the task: it was declared without one.
    pub fn is_not_scheduled(&self) -> bool {
        self.is(Refused::NotScheduled)
    }

    /// Returns true if the task is disabled.
    pub fn is_disabled(&self) -> bool {
        self.is(Refused::Disabled)
    }

    /// Returns true if the task was declared and not added, so that it stays.
    pub fn is_declared(&self) -> bool {
        self.is(Refused::Declared)
    }

    /// Returns true if the pause would be over already.
    pub fn is_past(&self) -> bool {
        self.is(Refused::Past)
    }

    /// Returns true if the schedule cannot be used.
    pub fn is_schedule(&self) -> bool {
        matches!(self.0, Kind::Schedule(_))
    }

    /// Returns everything that is wrong with the schedule; empty unless
    /// [`is_schedule`](Self::is_schedule).
    pub fn problems(&self) -> &[Problem] {
        match &self.0 {
            Kind::Schedule(problems) => problems,
            Kind::Unknown(_) | Kind::Refused(..) => &[],
        }
    }

    /// Returns true if the program is shutting down.
    pub fn is_shutdown(&self) -> bool {
        self.is(Refused::Shutdown)
    }
}

impl From<Reason> for SteerError {
    /// Looking for a name fails in one way only.
    fn from(reason: Reason) -> Self {
        Self(Kind::Unknown(match reason {
            Reason::Unknown(complaint) => complaint,
            other => format!("{other:?}"),
        }))
    }
}

impl fmt::Display for SteerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Unknown(complaint) => f.write_str(complaint),
            Kind::Schedule(problems) => {
                let count = problems.len();
                write!(f, "{count} problem{} found, no schedule was changed", plural(count))?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
            Kind::Refused(task, refused) => {
                write!(f, "task `{task}` ")?;
                f.write_str(match refused {
                    Refused::Shutdown => "cannot be steered: the program is shutting down",
                    Refused::Disabled => "is disabled",
                    Refused::NotScheduled => {
                        "is started by no schedule that could be steered: it was declared without one"
                    }
                    Refused::Declared => {
                        "was declared and stays; take its schedule away with `Schedule::off()`"
                    }
                    Refused::Past => "cannot be paused until a moment that is over",
                })
            }
        }
    }
}

impl fmt::Debug for SteerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SteerError").field(&self.0).finish()
    }
}

impl std::error::Error for SteerError {}
