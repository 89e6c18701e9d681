//! How a program ended.

use std::{fmt, process::ExitCode, sync::Arc, time::Duration};

use tasks_core::{Outcome, RunId, States};

use crate::{event::StopCause, result::RunResult, shell::Shared};

/// A run that shutdown had to cut.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Cut {
    /// The name of the task.
    pub task: Arc<str>,
    /// The id of the run.
    pub run: RunId,
    /// How long it had been running.
    pub age: Duration,
    /// How long it had been inside one poll, at least, if it was in one.
    pub in_poll: Option<Duration>,
    /// `interrupted` if its future was dropped, `panicked` if that panicked,
    /// `abandoned` if its thread never came back.
    pub outcome: Outcome,
}

/// How the teardown went, if there was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Teardown {
    Done,
    Panicked,
    /// It was not over by the end of the budget.
    Cut,
}

/// How a program ended: why, how cleanly, and with which results.
///
/// # Examples
///
/// ```no_run
/// # async fn example() -> Result<(), tasks_runtime::Error> {
/// let report = tasks_runtime::builder().run_until_signal().await?;
/// for cut in report.cut() {
///     eprintln!("{} had to be cut after {:?}", cut.task, cut.age);
/// }
/// std::process::exit(report.exit_code().into());
/// # }
/// ```
#[must_use = "the report says what the process should exit with"]
pub struct Report {
    pub(crate) cause: StopCause,
    pub(crate) essential_failed: bool,
    pub(crate) cuts: Vec<Cut>,
    pub(crate) teardown: Teardown,
    pub(crate) exit_code: Option<u8>,
    pub(crate) results: Vec<RunResult>,
    pub(crate) shared: Option<Arc<Shared>>,
    /// Only while the teardown runs.
    pub(crate) states: Option<Arc<States>>,
}

impl Report {
    /// The report of a command that only lists.
    #[cfg(feature = "cli")]
    pub(crate) fn of_command(exit_code: u8) -> Self {
        Self {
            cause: StopCause::Asked,
            essential_failed: false,
            cuts: Vec::new(),
            teardown: Teardown::Done,
            exit_code: Some(exit_code),
            results: Vec::new(),
            shared: None,
            states: None,
        }
    }

    /// Returns what the process should exit with: 0 if the end was clean, 1 if
    /// an essential task failed or the teardown panicked, 124 if anything had to be cut.
    pub fn exit_code(&self) -> u8 {
        let code = match self.exit_code {
            Some(code) => code,
            None if self.essential_failed => 1,
            None if !self.cuts.is_empty() => 124,
            None => 0,
        };
        match self.teardown {
            Teardown::Cut if code == 0 => 124,
            Teardown::Panicked if code == 0 => 1,
            _ => code,
        }
    }

    /// Returns whether every run ended by itself and no essential task failed.
    pub fn is_clean(&self) -> bool {
        self.exit_code() == 0
    }

    /// Returns why the program ended.
    pub fn cause(&self) -> &StopCause {
        &self.cause
    }

    /// Returns the runs that had to be cut, in the order in which they began.
    pub fn cut(&self) -> &[Cut] {
        &self.cuts
    }

    /// Returns the results that were kept, in the order of their ends: the
    /// last 100 of each task and 10,000 in all.
    pub fn results(&self) -> &[RunResult] {
        &self.results
    }

    /// Returns the value of a type that the application gave to its tasks.
    ///
    /// For teardown, which is where state is closed that must not only be
    /// dropped. After it the state is gone, and this is `None`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # #[derive(Clone)] struct Db;
    /// # impl Db { async fn close(&self) {} }
    /// # fn main() -> std::process::ExitCode {
    /// tasks_runtime::builder()
    ///     .state(Db)
    ///     .teardown(async |report| {
    ///         if let Some(db) = report.state::<Db>() {
    ///             db.close().await;
    ///         }
    ///     })
    ///     .main()
    /// # }
    /// ```
    pub fn state<T: 'static>(&self) -> Option<&T> {
        self.states.as_ref()?.get()
    }

    /// Hands the rest of the process back to an application that has work of
    /// its own to do after `run_until_signal`.
    ///
    /// Until then the process ends when the budget does, whatever it does.
    /// Afterwards nothing ends it, and the next signal does so at once, with 128 + n.
    pub fn disarm(&self) {
        if let Some(guard) = self.shared.as_ref().and_then(|shared| shared.guard()) {
            guard.disarm();
        }
    }

    pub(crate) fn was_abandoned(&self) -> bool {
        self.teardown == Teardown::Cut || self.cuts.iter().any(|cut| cut.outcome == Outcome::Abandoned)
    }
}

impl From<Report> for ExitCode {
    fn from(report: Report) -> Self {
        Self::from(report.exit_code())
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("exit_code", &self.exit_code())
            .field("cause", &self.cause)
            .field("cut", &self.cuts)
            .field("results", &self.results.len())
            .finish_non_exhaustive()
    }
}
