//! Giving a running program work that was unknown when it was compiled.

use std::{fmt, sync::Arc};

use tasks_core::{__private::Host, Context, Definition, IntoTask, Needs, Registration, Task, TaskFuture};

use super::{Handle, PauseUntil, RunHandle, SteerError, steer::Target};
use crate::{
    clock::Now,
    engine::{Core, MakeTask},
    error::{Problem, plural},
    plan::{Addition, Planned, TaskIndex, plan_as_before, plan_task},
    schedule::Schedule,
};

impl Handle {
    /// Starts work that was unknown when the program was compiled: a closure
    /// by [`task_fn`](crate::task_fn()), or anything that implements [`Task`].
    ///
    /// It is a task like any other while it lasts: with a run id, limits,
    /// retries, a pool; listed by [`tasks`](Self::tasks), cancelled by
    /// [`cancel`](Self::cancel), drained at shutdown. When its run has ended
    /// nothing of it is left but the result. Its name must be free.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tasks_runtime::{Handle, task, task_fn};
    ///
    /// #[task]
    /// async fn import_all(handle: Handle) -> anyhow::Result<()> {
    ///     let mut imports = Vec::new();
    ///     for tenant in ["acme", "globex"] {
    ///         let import = task_fn(format!("import-{tenant}"), move |_| async move {
    ///             Ok::<usize, std::io::Error>(tenant.len())
    ///         });
    ///         imports.push(handle.spawn_task(import.timeout(Duration::from_secs(60)).retry(2))?);
    ///     }
    ///     for import in imports {
    ///         println!("{} rows", import.await?);
    ///     }
    ///     Ok(())
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> anyhow::Result<()> {
    /// # let builder = tasks_runtime::builder().without_discovery();
    /// # let handle = builder.register(tasks_runtime::registration!(import_all)).start().await?;
    /// # while handle.results().len() < 3 { tokio::task::yield_now().await }
    /// # assert!(handle.results().iter().all(|result| result.error.is_none()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the name is taken, something is wrong with the options (with
    /// [all](AddError::problems) of it), a state is missing, the task is
    /// disabled, or the program is shutting down. The error gives the task back.
    pub fn spawn_task<T: IntoTask>(&self, task: T) -> Result<RunHandle<T::Return>, AddError<T>> {
        self.add(Given { task, schedule: None }, |core, addition, make, now| {
            let run = core.spawn_added(addition, make, now)?;
            Ok(core.await_run(run))
        })
        .map(RunHandle::new)
    }

    /// Adds a task with a schedule to a program that runs: what `#[scheduled]`
    /// is for a function.
    ///
    /// Its grid begins now. It has the options and defaults of a scheduled
    /// task. It stays until it is [removed](ScheduleHandle::remove) or its
    /// schedule is over, and is forgotten when the program ends. Dropping what
    /// is returned ends nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tasks_runtime::{Handle, Schedule, task, task_fn};
    ///
    /// #[task]
    /// async fn configure(handle: Handle) -> anyhow::Result<()> {
    ///     let poll = task_fn("poll-acme", |cx| async move {
    ///         println!("due at {:?}", cx.scheduled_at());
    ///     });
    ///     let schedule = handle.schedule(poll, Schedule::every(Duration::from_secs(60)))?;
    ///     // Later: another rhythm, then none.
    ///     schedule.reschedule(Schedule::cron("0 * * * *"))?;
    ///     schedule.remove()?;
    ///     Ok(())
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> anyhow::Result<()> {
    /// # let builder = tasks_runtime::builder().without_discovery();
    /// # let handle = builder.register(tasks_runtime::registration!(configure)).start().await?;
    /// # while handle.results().is_empty() { tokio::task::yield_now().await }
    /// # assert_eq!((handle.results()[0].error.clone(), handle.tasks().len()), (None, 1));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`spawn_task`](Self::spawn_task), and if the schedule cannot be used.
    pub fn schedule<T: IntoTask>(&self, task: T, schedule: Schedule) -> Result<ScheduleHandle, AddError<T>> {
        self.add(Given { task, schedule: Some(schedule) }, |core, addition, make, now| {
            let name = Arc::clone(&addition.name);
            let index = core.schedule_added(addition, make, now)?;
            Ok(ScheduleHandle { handle: self.clone(), name, index })
        })
    }

    /// Takes a task that was added out of the program again: nothing starts it
    /// any more. Runs that live go on; when the last of them has ended, its
    /// name is free.
    ///
    /// # Errors
    ///
    /// Fails if there is no such task, it was declared and not added, or the
    /// program is shutting down.
    pub fn remove(&self, task: &str) -> Result<(), SteerError> {
        self.remove_target(Target::Named(task))
    }

    fn remove_target(&self, target: Target<'_>) -> Result<(), SteerError> {
        self.shared.with(|core, now| {
            let index = target.find(core)?;
            core.remove(index, now).map_err(|refused| SteerError::of(core, index, refused))
        })
    }

    fn add<T: IntoTask, R>(
        &self,
        given: Given<T>,
        add: impl FnOnce(&mut Core, Addition, MakeTask<'_>, Now) -> Result<R, AddReason>,
    ) -> Result<R, AddError<T>> {
        // The task's own code is asked before the lock is taken.
        let (task, planned) = self.plan(given);
        let mut task = Some(task);
        let added = planned.map_err(AddReason::Wrong).and_then(|addition| {
            self.shared.with(|core, now| {
                let mut make = |name, terms| {
                    let task = task.take().expect("invariant: it is added once");
                    Arc::new(Planned::new(name, terms, task.__body())) as Arc<Planned>
                };
                add(core, addition, &mut make, now)
            })
        });
        match (added, task) {
            (Ok(added), _) => Ok(added),
            (Err(reason), Some(task)) => {
                Err(AddError { name: task.__definition().name.into(), reason, task })
            }
            (Err(_), None) => unreachable!("the body is taken only by a task that was added"),
        }
    }
}

impl Handle {
    fn plan<T: IntoTask>(&self, given: Given<T>) -> (T, Result<Addition, Vec<Problem>>) {
        let common = self.shared.with(|core, _| Arc::clone(&core.plan.common));
        if let Some(addition) = plan_as_before(&given, given.schedule.is_none(), &common) {
            return (given.task, Ok(addition));
        }
        let given = Arc::new(given);
        let registration = Registration::__shared(Arc::clone(&given) as Arc<dyn Task>);
        let once = given.schedule.is_none();
        let planned = plan_task(&registration, once, &common, &self.shared.states());
        drop(registration);
        let given = Arc::into_inner(given).expect("invariant: only the plan had it too");
        (given.task, planned)
    }
}

/// A task that was given to a running program, with the schedule that came
/// with it, for as long as it takes to plan it.
struct Given<T> {
    task: T,
    schedule: Option<Schedule>,
}

impl<T: IntoTask> Task for Given<T> {
    fn definition(&self) -> Definition<'_> {
        let mut definition = self.task.__definition();
        if let Some(schedule) = &self.schedule {
            definition.scheduled = true;
            schedule.write(&mut definition.options);
        }
        definition
    }

    fn run(&self, _: Context) -> TaskFuture {
        unreachable!("what runs is its body")
    }

    fn needs(&self, needs: &mut Needs) {
        self.task.__needs(needs);
    }
}

/// A schedule that was added to a running program.
///
/// Dropping it ends nothing: [`remove`](Self::remove) does.
#[derive(Clone, Debug)]
pub struct ScheduleHandle {
    handle: Handle,
    name: Arc<str>,
    index: TaskIndex,
}

impl ScheduleHandle {
    /// Returns the name of the task.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn target(&self) -> Target<'_> {
        Target::Added { name: &self.name, index: self.index }
    }

    /// Skips its firings from now on: [`Handle::pause`].
    ///
    /// # Errors
    ///
    /// As [`Handle::pause`]; its task may have left meanwhile.
    pub fn pause(&self, note: impl Into<String>, until: impl Into<PauseUntil>) -> Result<(), SteerError> {
        self.handle.pause_target(self.target(), note.into(), until.into())
    }

    /// Serves its firings again: [`Handle::resume`].
    ///
    /// # Errors
    ///
    /// Fails if its task has left.
    pub fn resume(&self) -> Result<bool, SteerError> {
        self.handle.resume_target(self.target())
    }

    /// Gives the task another schedule from now on: [`Handle::reschedule`].
    ///
    /// # Errors
    ///
    /// As [`Handle::reschedule`]; its task may have left meanwhile.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "it is made for this call, and reads well in it")]
    pub fn reschedule(&self, schedule: Schedule) -> Result<(), SteerError> {
        self.handle.reschedule_target(self.target(), &schedule)
    }

    /// Takes the task out of the program: [`Handle::remove`].
    ///
    /// # Errors
    ///
    /// Fails if its task has left already, or the program is shutting down.
    pub fn remove(&self) -> Result<(), SteerError> {
        self.handle.remove_target(self.target())
    }
}

/// Why a task was not added to a running program. It gives the task back.
pub struct AddError<T> {
    name: Arc<str>,
    reason: AddReason,
    task: T,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AddReason {
    Shutdown,
    /// By the task of this name, which may be about to leave.
    Taken(Arc<str>, bool),
    /// With the reason.
    Disabled(String),
    /// Everything that is wrong with it.
    Wrong(Vec<Problem>),
}

impl<T> AddError<T> {
    /// Returns the task that was not added.
    pub fn into_task(self) -> T {
        self.task
    }

    /// Returns true if there is a task of this name. Names that differ only in
    /// case, or in `-` and `_`, are equal.
    pub fn is_taken(&self) -> bool {
        matches!(self.reason, AddReason::Taken(..))
    }

    /// Returns true if its options, its schedule, its pool or its state are wrong.
    pub fn is_configuration(&self) -> bool {
        matches!(self.reason, AddReason::Wrong(_))
    }

    /// Returns true if it is disabled.
    pub fn is_disabled(&self) -> bool {
        matches!(self.reason, AddReason::Disabled(_))
    }

    /// Returns true if the program is shutting down.
    pub fn is_shutdown(&self) -> bool {
        matches!(self.reason, AddReason::Shutdown)
    }

    /// Returns everything that is wrong with it; empty unless
    /// [`is_configuration`](Self::is_configuration).
    pub fn problems(&self) -> &[Problem] {
        match &self.reason {
            AddReason::Wrong(problems) => problems,
            AddReason::Shutdown | AddReason::Taken(..) | AddReason::Disabled(_) => &[],
        }
    }
}

impl<T> fmt::Display for AddError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = crate::error::escaped(&self.name);
        match &self.reason {
            AddReason::Shutdown => write!(f, "task `{name}` was not added: the program is shutting down"),
            AddReason::Taken(other, false) => {
                write!(f, "task `{name}` was not added: there is a task `{other}`")
            }
            AddReason::Taken(other, true) => {
                write!(f, "task `{name}` was not added: `{other}` was removed, but a run of it still lives")
            }
            AddReason::Disabled(why) => write!(f, "task `{name}` was not added: it is disabled: {why}"),
            AddReason::Wrong(problems) => {
                let count = problems.len();
                write!(f, "task `{name}` was not added: {count} problem{}", plural(count))?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

impl<T> fmt::Debug for AddError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddError")
            .field("name", &self.name)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl<T> std::error::Error for AddError<T> {}
