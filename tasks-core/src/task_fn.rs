//! Tasks that code makes while the program runs: closures, and what takes them.

use std::{borrow::Cow, fmt, future::Future, marker::PhantomData, panic, sync::Arc, time::Duration};

use crate::{
    context::Context,
    definition::{BodyKind, Definition, Location},
    entry::Begun,
    extract::Needs,
    policy::{Limit, OnShutdown, Options, Overlap, Pool, Priority, RetryOptions},
    returns::TaskReturn,
    task::{Task, TaskFuture},
};

/// Makes a task of a closure, to be given to a program that runs.
///
/// The name follows the rule for all tasks: letters, digits, `_` and `-`, at
/// most 64. The closure is called once for each attempt, so what its future
/// owns is cloned inside of it. It counts as a body that listens, since it is
/// given the [`Context`]. What it returns is what a function may return: `()`,
/// or a `Result` with any error.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use tasks_core::task_fn;
///
/// let tenant = String::from("acme");
/// let import = task_fn(format!("import-{tenant}"), move |cx| {
///     let tenant = tenant.clone();
///     async move {
///         let rows = tenant.len() as u64 * u64::from(cx.attempt());
///         Ok::<u64, std::io::Error>(rows)
///     }
/// })
/// .timeout(Duration::from_secs(30))
/// .retry(3);
/// # drop(import);
/// ```
#[track_caller]
pub fn task_fn<F, Fut, R>(name: impl Into<String>, body: F) -> TaskFn<F, R>
where
    F: Fn(Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = R> + Send + 'static,
    R: TaskReturn,
{
    TaskFn {
        written: Box::new(Written {
            name: name.into(),
            description: "".into(),
            tags: Vec::new(),
            pool: None,
            place: panic::Location::caller(),
            options: Options::NONE,
        }),
        body,
        returns: PhantomData,
    }
}

/// A closure with a name and options: what [`task_fn`] makes.
///
/// The options are those of `#[task]`, with the same defaults; they are checked
/// by whoever takes it.
#[must_use = "a task does nothing until a program is given it"]
pub struct TaskFn<F, R> {
    written: Box<Written>,
    body: F,
    returns: PhantomData<fn() -> R>,
}

struct Written {
    name: String,
    description: Cow<'static, str>,
    tags: Vec<&'static str>,
    pool: Option<Cow<'static, str>>,
    place: &'static panic::Location<'static>,
    options: Options<'static>,
}

impl<F, R> TaskFn<F, R> {
    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.written.name
    }

    /// Sets what lists say of it.
    pub fn description(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.written.description = text.into();
        self
    }

    /// Sets words to choose tasks by.
    pub fn tags(mut self, tags: impl IntoIterator<Item = &'static str>) -> Self {
        self.written.tags = tags.into_iter().collect();
        self
    }

    fn with(mut self, set: impl FnOnce(&mut Options<'static>)) -> Self {
        set(&mut self.written.options);
        self
    }

    /// Limits one attempt; by default one that a schedule starts has 5
    /// minutes, others have no limit.
    pub fn timeout(self, limit: impl Into<Limit>) -> Self {
        self.with(|options| options.timeout = Some(limit.into()))
    }

    /// Sets the time after which the body is asked to finish.
    pub fn stop_after(self, limit: impl Into<Limit>) -> Self {
        self.with(|options| options.stop_after = Some(limit.into()))
    }

    /// Limits the whole run, attempts and waits together; no limit by default.
    pub fn deadline(self, limit: impl Into<Limit>) -> Self {
        self.with(|options| options.deadline = Some(limit.into()))
    }

    /// Sets how long the body may go on once it is asked to stop; 2 s by default.
    pub fn grace(self, grace: Duration) -> Self {
        self.with(|options| options.grace = Some(grace))
    }

    /// Sets how often a run is attempted again: a number, or [`RetryOptions`].
    pub fn retry(self, retry: impl Into<RetryOptions>) -> Self {
        self.with(|options| options.retry = Some(retry.into()))
    }

    /// Sets who is admitted first; [`Priority::Normal`] by default.
    pub fn priority(self, priority: Priority) -> Self {
        self.with(|options| options.priority = Some(priority))
    }

    /// Counts its runs against this pool, which the builder sized.
    pub fn pool(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.written.pool = Some(name.into());
        self
    }

    /// Lets a failure of a run that its schedule started end the program.
    pub fn essential(self) -> Self {
        self.with(|options| options.essential = Some(true))
    }

    /// Sets what happens when it is wanted while it still runs; by default it
    /// is skipped if a schedule starts it.
    pub fn overlap(self, overlap: Overlap) -> Self {
        self.with(|options| options.overlap = Some(overlap))
    }

    /// Limits how many of its runs go on at once; further ones wait.
    pub fn max_running(self, most: u32) -> Self {
        self.with(|options| options.max_running = Some(most))
    }

    /// Sets what shutdown does to a living run; [`OnShutdown::Cancel`] by default.
    pub fn on_shutdown(self, on_shutdown: OnShutdown) -> Self {
        self.with(|options| options.on_shutdown = Some(on_shutdown))
    }
}

impl<F, R> fmt::Debug for TaskFn<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskFn").field("name", &self.written.name).finish_non_exhaustive()
    }
}

/// What a program that runs can be given: a closure by [`task_fn`], or
/// anything that implements [`Task`].
///
/// It is implemented for these and for nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no task that a running program could be given",
    label = "neither `task_fn(…)` nor a type that implements `Task`",
    note = "an annotated function is a task already: `handle.spawn(function, input)` starts it; work that is known only now is a closure: `task_fn(\"name\", |cx| async move {{ … }})`"
)]
pub trait IntoTask: Sized + Send + Sync + 'static {
    /// What a body of it returns; `()` for a [`Task`], whose body gives no value.
    type Return: TaskReturn;

    #[doc(hidden)]
    fn __definition(&self) -> Definition<'_>;

    /// What is left to run once the rest was read.
    #[doc(hidden)]
    type __Body: Task;

    #[doc(hidden)]
    fn __needs(&self, needs: &mut Needs);

    #[doc(hidden)]
    fn __body(self) -> Self::__Body;
}

#[diagnostic::do_not_recommend]
impl<T: Task> IntoTask for T {
    type Return = ();
    type __Body = T;

    fn __definition(&self) -> Definition<'_> {
        self.definition()
    }

    fn __needs(&self, needs: &mut Needs) {
        self.needs(needs);
    }

    fn __body(self) -> T {
        self
    }
}

impl<F, Fut, R> IntoTask for TaskFn<F, R>
where
    F: Fn(Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = R> + Send + 'static,
    R: TaskReturn + 'static,
    R::Err: 'static,
{
    type Return = R;
    type __Body = Body<F, R>;

    fn __definition(&self) -> Definition<'_> {
        let written = &*self.written;
        let mut options: Options<'_> = written.options;
        if !written.tags.is_empty() {
            options.tags = Some(&written.tags);
        }
        options.pool = written.pool.as_deref().map(Pool::Named);
        Definition {
            name: &written.name,
            description: &written.description,
            location: Location { file: written.place.file(), line: written.place.line(), module_path: "" },
            body: BodyKind::Async,
            scheduled: false,
            options,
        }
    }

    fn __needs(&self, needs: &mut Needs) {
        needs.listens();
    }

    fn __body(self) -> Body<F, R> {
        Body { body: self.body, returns: PhantomData }
    }
}

/// The closure alone: of a million schedules nobody wants the names twice.
#[allow(missing_debug_implementations, unreachable_pub, reason = "nobody can name it")]
pub struct Body<F, R> {
    body: F,
    returns: PhantomData<fn() -> R>,
}

impl<F, Fut, R> Task for Body<F, R>
where
    F: Fn(Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = R> + Send + 'static,
    R: TaskReturn + 'static,
    R::Err: 'static,
{
    fn definition(&self) -> Definition<'_> {
        Definition {
            name: "",
            description: "",
            location: Location { file: "", line: 0, module_path: "" },
            body: BodyKind::Async,
            scheduled: false,
            options: Options::NONE,
        }
    }

    fn run(&self, cx: Context) -> TaskFuture {
        let cell = Arc::clone(cx.__cell());
        self.__begin(cx).into_future(cell)
    }

    fn __begin(&self, cx: Context) -> Begun {
        Begun::Body(Box::pin((self.body)(cx)))
    }

    fn needs(&self, needs: &mut Needs) {
        needs.listens();
    }
}
