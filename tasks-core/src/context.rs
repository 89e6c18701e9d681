//! What a body can ask about its own run.

mod blocking;
mod cancelled;
mod cell;
mod children;
mod progress;

use std::{borrow::Cow, fmt, future::Future, sync::Arc};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::outcome::Trigger;

pub(crate) use self::blocking::{Part, run_blocking};
#[doc(hidden)]
pub use self::cell::{EndOfRun, Host, Owner, RunCell, RunFacts, instant_of, nanos_of};
#[doc(hidden)]
pub use self::children::ChildFuture;
pub use self::{
    cancelled::Cancelled,
    children::{Child, ChildError},
    progress::Progress,
};

/// The id of a run, unique in the process and increasing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(u64);

impl RunId {
    /// Makes an id from its number, for example one read from a log.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Returns the number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a body can ask about its own run, and say about it.
///
/// Take it as a parameter. A body that takes it *listens*: it can see that it
/// is asked to stop, so it is given its grace period at a limit and the whole
/// drain at shutdown.
///
/// # Examples
///
/// ```
/// use tasks_core::Context;
///
/// async fn follow(cx: Context) {
///     loop {
///         tokio::select! {
///             () = cx.cancelled() => break,
///             () = tokio::task::yield_now() => { /* one piece of work */ }
///         }
/// #       break;
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Context {
    cell: Arc<RunCell>,
    /// When the attempt has to be over, by the engine's monotonic clock;
    /// `u64::MAX` if there is no limit.
    limit: u64,
    attempt: u32,
}

// A body that keeps it has it twice, as a parameter and as a variable.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Context>() <= 24);

impl Context {
    #[doc(hidden)]
    pub fn __new(cell: Arc<RunCell>, attempt: u32, limit: Option<u64>) -> Self {
        Self { cell, limit: limit.map_or(u64::MAX, |limit| limit.min(u64::MAX - 1)), attempt }
    }

    /// Returns the name of the task.
    pub fn task(&self) -> &str {
        self.cell.task()
    }

    /// Returns the id of the run.
    pub fn run(&self) -> RunId {
        self.cell.id()
    }

    /// Returns why the run exists.
    pub fn trigger(&self) -> Trigger {
        self.cell.trigger()
    }

    /// Returns the instant at which the schedule was due, for a run that a
    /// schedule caused. It is the instant on the grid, however late the run started.
    pub fn scheduled_at(&self) -> Option<jiff::Timestamp> {
        self.cell.scheduled_at()
    }

    /// Returns the number of this attempt, counted from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns when this attempt reaches its `timeout` or the run its
    /// `deadline`, whichever comes first; `None` without a limit, or once the
    /// program is gone.
    pub fn deadline(&self) -> Option<Instant> {
        match self.limit {
            u64::MAX => None,
            limit => self.cell.instant(limit),
        }
    }

    /// Returns true once the run is asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cell.is_cancelled(self.attempt)
    }

    /// Waits until the run is asked to stop: at its limit, at shutdown, or by `cancel`.
    ///
    /// Awaited in the body itself, alone or in a `select!`, it costs a run less
    /// memory than a [`token`](Self::token): a run that only waits takes about a
    /// fifth less.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is lost when the future is dropped.
    pub fn cancelled(&self) -> Cancelled {
        Cancelled::new(Arc::clone(&self.cell), self.attempt)
    }

    /// Returns the token of this attempt, to hand to code that takes one. It is
    /// cancelled with the end of the attempt at the latest. Cancelling it from
    /// the outside tells the body only; the run goes on.
    pub fn token(&self) -> CancellationToken {
        self.cell.token(self.attempt)
    }

    /// Says that the task has started up: tasks declared `after` it may begin.
    ///
    /// A task that returns without calling it counts as ready when it succeeds.
    /// Calling it twice does nothing more.
    pub fn ready(&self) {
        if let Some(host) = self.cell.host() {
            host.ready(&self.cell);
        }
    }

    /// Starts a child: a future that lives and dies with this attempt.
    ///
    /// Children are Tokio tasks, so they go on while the body waits, on other
    /// threads too. If the body returns `()` or `Ok`, the attempt goes on until
    /// its children are over, within its limits. If it fails, or is ended by a
    /// limit, `cancel` or shutdown, they are dropped with it, and the attempt is
    /// over when they are gone. They are asked to stop by the same token, and a
    /// child that panics is a panic of the attempt, whoever awaits it.
    ///
    /// What a child returns goes to whoever awaits the [`Child`] and nowhere
    /// else: an error in it is the run's only if the body returns it.
    ///
    /// A context that outlived its attempt starts nothing: the future is
    /// dropped, and the [`Child`] gives an error.
    ///
    /// # Examples
    ///
    /// ```
    /// use tasks_core::Context;
    /// # async fn fetch(page: u32) -> std::io::Result<usize> { Ok(page as usize) }
    ///
    /// async fn mirror(cx: Context) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    ///     let pages: Vec<_> = (1..=4).map(|page| cx.spawn(fetch(page))).collect();
    ///     let mut bytes = 0;
    ///     for page in pages {
    ///         // The first error is the run's, and the other children are dropped.
    ///         bytes += page.await??;
    ///     }
    ///     Ok(bytes)
    /// }
    /// ```
    pub fn spawn<F>(&self, child: F) -> Child<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        children::spawn(&self.cell, self.attempt, child)
    }

    /// Runs a closure that blocks, or computes for long, on Tokio's blocking pool.
    ///
    /// It begins when the future is first polled. The run is not over until the
    /// closure is: nothing can stop it from outside, so a limit that passes
    /// meanwhile takes effect when it comes back, and it is reported as stuck
    /// until then. A panic of it is a panic of the attempt.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, a closure that has begun goes on, and its value
    /// is lost; one that has not begun never does.
    ///
    /// # Examples
    ///
    /// ```
    /// use tasks_core::Context;
    /// # fn checksum(bytes: &[u8]) -> u32 { bytes.len() as u32 }
    ///
    /// async fn verify(cx: Context) -> Result<(), String> {
    ///     let bytes = vec![0; 1 << 20];
    ///     let sum = cx.blocking(move || checksum(&bytes)).await;
    ///     if sum == 1 << 20 { Ok(()) } else { Err("the file is damaged".to_owned()) }
    /// }
    /// ```
    pub fn blocking<T, W>(&self, work: W) -> impl Future<Output = T> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        run_blocking(Arc::clone(&self.cell), Part::Piece, work)
    }

    /// Returns when a run of this task last succeeded, that is, ended well;
    /// `None` if none has since the program started, or once this run is over.
    ///
    /// What happened while that run was under way it may have seen or not. With
    /// runs side by side it may even be one that began after this one.
    pub fn previous_success(&self) -> Option<jiff::Timestamp> {
        self.cell.host()?.previous_success(&self.cell)
    }

    /// Says how far the run has come, for whoever watches it: `Handle::running`
    /// shows what was said last.
    ///
    /// `fraction` goes from 0 to 1. What lies outside is taken as the nearer
    /// end, and NaN (0 of 0) as 0. A message is cut at 4 KiB. Each attempt begins
    /// without progress. Cheap enough for each turn of a loop.
    ///
    /// # Examples
    ///
    /// ```
    /// use tasks_core::Context;
    /// # async fn import(_: &str) {}
    ///
    /// async fn import_all(cx: Context) {
    ///     let files = ["a.csv", "b.csv"];
    ///     for (done, file) in files.iter().enumerate() {
    ///         cx.progress(done as f64 / files.len() as f64, *file);
    ///         import(file).await;
    ///     }
    /// }
    /// ```
    pub fn progress(&self, fraction: f64, message: impl Into<Cow<'static, str>>) {
        self.cell.set_progress(self.attempt, Progress::new(fraction, message.into()));
    }

    /// All that a body needs of it once its parameters are there: one that
    /// keeps this and no context is the smaller for it.
    pub(crate) fn into_cell(self) -> Arc<RunCell> {
        self.cell
    }

    #[doc(hidden)]
    pub fn __cell(&self) -> &Arc<RunCell> {
        &self.cell
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("task", &self.task())
            .field("run", &self.run().get())
            .field("trigger", &self.trigger())
            .field("scheduled_at", &self.scheduled_at())
            .field("attempt", &self.attempt)
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}
