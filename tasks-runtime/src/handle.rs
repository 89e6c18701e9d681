//! Steering a running program from its own code.

mod add;
mod pages;
mod run_handle;
mod spawn;
mod steer;
mod subscribe;
mod why;

use std::{any::TypeId, fmt, future::Future, pin::Pin, sync::Arc, task::Poll, time::Duration};

use tasks_core::{BoxError, Context, FromContext, Needs, RunId, Trigger};

pub(crate) use self::{add::AddReason, steer::Refused};
pub use self::{
    add::{AddError, ScheduleHandle},
    pages::TaskPages,
    run_handle::{RunError, RunHandle},
    steer::{PauseUntil, SteerError},
    why::{PoolInfo, RunWait, UnknownTask, Why, WhyRun},
};
use crate::{
    admission::Refusal,
    engine::{
        Wish,
        snapshot::{RunInfo, TaskInfo},
    },
    event::StopCause,
    list::IntoList as _,
    plan::{OfFunction, TaskIndex},
    report::Report,
    result::RunResult,
    shell::Shared,
    text::joined,
};

/// Steers a running program: spawns and triggers runs, shows them, ends them.
///
/// An extractor, and what [`Builder::start`](crate::Builder::start) returns.
/// Cheap to clone; dropping it ends nothing.
///
/// # Examples
///
/// ```
/// use tasks_runtime::{Handle, task};
///
/// #[task(start = "manual")]
/// async fn compact() -> std::io::Result<u64> {
///     Ok(4096)
/// }
///
/// #[task]
/// async fn decide(handle: Handle) -> anyhow::Result<()> {
///     let freed = handle.spawn(compact, ())?.await?;
///     println!("{freed} bytes freed");
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Starts a run of a task by its name.
    ///
    /// # Errors
    ///
    /// Fails as [`spawn`](Self::spawn) does, if there is no such task, or if
    /// it takes an [`Input`](crate::Input), which only `spawn` can give.
    pub fn trigger(&self, task: &str) -> Result<RunId, SpawnError> {
        self.shared
            .with(|core, now| {
                let index = index_of(core, task)?;
                if let Some(input) = core.plan.tasks[index.0 as usize].input {
                    return Err(Reason::NeedsInput(core.name_of(index), input.name));
                }
                core.want(index, Trigger::Manual, Wish::default(), now)
                    .map_err(|refusal| Reason::Refused(core.name_of(index), refusal))
            })
            .map_err(|reason| SpawnError { reason, input: () })
    }

    /// Asks a run to end: its token is cancelled; if it listens it has its
    /// `grace`, then it is dropped. Its outcome is `cancelled`.
    ///
    /// Returns false if it is over already, or never was.
    pub fn cancel(&self, run: RunId) -> bool {
        self.shared.with(|core, now| core.cancel(run, now))
    }

    /// Returns every task, sorted by name, as they are at one moment. The
    /// program is held up for as long as it takes to describe all of them: where
    /// they may be very many, [`tasks_page`](Self::tasks_page) is for that.
    pub fn tasks(&self) -> Vec<TaskInfo> {
        self.shared.with(|core, now| core.task_infos(now))
    }

    /// Returns every run that is not over, in the order in which they were wanted.
    pub fn running(&self) -> Vec<RunInfo> {
        self.shared.with(|core, now| core.run_infos(now))
    }

    /// Returns the results that are kept, in the order of their ends: the last
    /// 100 of each task and 10,000 in all.
    pub fn results(&self) -> Vec<RunResult> {
        self.shared.with(|core, _| core.results())
    }

    /// Begins the shutdown of the program and waits for its end.
    ///
    /// `budget` may shorten the one that is configured, never lengthen it; less
    /// than 2 s is taken as 2 s. `None` keeps it.
    ///
    /// A task that waits for this waits for its own end; it should drop the
    /// future instead.
    ///
    /// # Cancel safety
    ///
    /// The shutdown begins at once, and goes on if the future is dropped.
    pub fn shutdown(&self, budget: impl Into<Option<Duration>>) -> Shutdown {
        self.shared.stop(StopCause::Asked, budget.into());
        let shared = Arc::clone(&self.shared);
        Shutdown(Box::pin(async move {
            crate::lifecycle::drained(&shared).await;
            let report = crate::lifecycle::report(&shared);
            if !shared.is_run_to_its_end() {
                shared.say_last_words(false);
                if !report.was_abandoned() {
                    drop(shared.take_states());
                }
            }
            report
        }))
    }

    /// Waits for the end of the program, whatever causes it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is lost when the future is dropped.
    pub async fn stopped(&self) {
        self.shared.wait_over().await;
    }
}

/// The end of a program that was asked to shut down.
#[must_use = "the shutdown goes on by itself; drop the future on purpose with `drop(…)` if its end does not matter"]
pub struct Shutdown(Pin<Box<dyn Future<Output = Report> + Send>>);

impl Future for Shutdown {
    type Output = Report;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Report> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shutdown")
    }
}

fn index_of_function(
    core: &crate::engine::Core,
    key: TypeId,
    function: &'static str,
) -> Result<TaskIndex, Reason> {
    match core.plan.of_function(key) {
        Some(OfFunction::One(index)) => Ok(index),
        Some(OfFunction::Several(tasks)) => {
            let names = tasks.iter().map(|index| Arc::clone(&core.plan.tasks[index.0 as usize].name));
            Err(Reason::Several(function, names.into_list()))
        }
        None => Err(Reason::NotATask(function)),
    }
}

pub(crate) fn index_of(core: &crate::engine::Core, name: &str) -> Result<TaskIndex, Reason> {
    core.find(name).map_err(Reason::Unknown)
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("running", &self.running().len()).finish_non_exhaustive()
    }
}

impl FromContext for Handle {
    type Needs = ();

    async fn from_context((): ()) -> Result<Self, BoxError> {
        Err("the handle is taken from the run, not built".into())
    }

    fn __needs(_: &mut Needs) {}

    const __READY: bool = true;

    async fn __extract(cx: &Context) -> Result<Self, BoxError> {
        Self::__at_once(cx)
    }

    fn __at_once(cx: &Context) -> Result<Self, BoxError> {
        let host = cx.__cell().host().ok_or("the run is over")?;
        let host: Arc<dyn std::any::Any + Send + Sync> = host;
        match host.downcast::<Shared>() {
            Ok(shared) => Ok(Self { shared }),
            Err(_) => Err("the task is not run by tasks-runtime".into()),
        }
    }
}

/// Why a run could not be started. It gives the input back.
pub struct SpawnError<I = ()> {
    reason: Reason,
    input: I,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// With the complaint, which has a suggestion.
    Unknown(String),
    NotATask(&'static str),
    /// The function, and the names of its tasks.
    Several(&'static str, Vec<Arc<str>>),
    /// With the name of the type.
    NeedsInput(Arc<str>, &'static str),
    Refused(Arc<str>, Refusal),
}

impl<I> SpawnError<I> {
    /// Returns the input that was not used.
    pub fn into_input(self) -> I {
        self.input
    }

    /// Returns true if there is no task of this name, or the function is no registered task.
    pub fn is_unknown(&self) -> bool {
        matches!(self.reason, Reason::Unknown(_) | Reason::NotATask(_))
    }

    /// Returns true if the function has several tasks and none of them bears
    /// its name, so that nobody knows which one is meant.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self.reason, Reason::Several(..))
    }

    /// Returns true if the task takes an input and was started by its name, without one.
    pub fn is_missing_input(&self) -> bool {
        matches!(self.reason, Reason::NeedsInput(..))
    }

    /// Returns true if the task is disabled.
    pub fn is_disabled(&self) -> bool {
        matches!(self.reason, Reason::Refused(_, Refusal::Disabled))
    }

    /// Returns true if the task still runs and its `overlap` allows one run at a time.
    pub fn is_overlap(&self) -> bool {
        matches!(self.reason, Reason::Refused(_, Refusal::Overlap))
    }

    /// Returns true if too many runs wait, or too many of the task's threads are stuck.
    pub fn is_capacity(&self) -> bool {
        matches!(self.reason, Reason::Refused(_, Refusal::Capacity))
    }

    /// Returns true if the program is shutting down.
    pub fn is_shutdown(&self) -> bool {
        matches!(self.reason, Reason::Refused(_, Refusal::Shutdown))
    }
}

impl<I> fmt::Display for SpawnError<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Unknown(complaint) => f.write_str(complaint),
            Reason::NotATask(function) => {
                write!(f, "`{function}` is not a registered task; annotate it with `#[task]`")
            }
            Reason::Several(function, names) => {
                write!(
                    f,
                    "`{function}` is {} tasks, {}: start one by its name, with `trigger`, or leave `name` out \
                     of one `#[scheduled]`",
                    names.len(),
                    joined(names.iter().map(|name| format!("`{name}`")), ", ")
                )
            }
            Reason::NeedsInput(task, input) => write!(
                f,
                "task `{task}` takes an input of type `{input}`, which a name cannot give: start it with \
                 `handle.spawn({task}, input)`"
            ),
            Reason::Refused(task, refusal) => f.write_str(&refusal.explain(task)),
        }
    }
}

impl<I> fmt::Debug for SpawnError<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpawnError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<I> std::error::Error for SpawnError<I> {}
