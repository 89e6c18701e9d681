//! Putting a program together.

mod steps;

use std::{fmt, process::ExitCode, time::Duration};

use tasks_core::{BoxError, Context, Registration, Registry, States};

pub(crate) use self::steps::{AnySetUp, AnyTearDown, SetUp, TearDown};
pub use self::steps::{NoSetup, NoTeardown, Setup, WithSetup, WithTeardown};
use crate::{
    around::{Attempt, Attempted, Hooks},
    config::{Configure, Configurer, Sources},
    error::Error,
    handle::Handle,
    lifecycle::{self, Launch},
    observe::{Observer, Observers},
    panic::EarlierHook,
    plan::{Defaults, PlanInputs, Selection},
    probe::Probe,
    report::Report,
};

/// Puts a program together: state, set-up, pools, and how it ends.
///
/// # Examples
///
/// ```no_run
/// # #[derive(Clone)] struct Db;
/// # impl Db { async fn connect() -> std::io::Result<Self> { Ok(Self) } async fn close(self) {} }
/// fn main() -> std::process::ExitCode {
///     tasks_runtime::builder()
///         .version(env!("CARGO_PKG_VERSION"))
///         .pool("mail", 4)
///         .setup(async |tasks| Ok(tasks.state(Db::connect().await?)))
///         .main()
/// }
/// ```
#[must_use = "a builder does nothing until `main`, `run_until_signal` or `start` is called"]
pub struct Builder<S = NoSetup, T = NoTeardown> {
    pub(crate) options: Options,
    pub(crate) set_up: S,
    pub(crate) tear_down: T,
}

/// What a builder was told, apart from code.
pub(crate) struct Options {
    pub(crate) states: States,
    pub(crate) registry: Registry,
    pub(crate) pools: Vec<(String, u32)>,
    pub(crate) timezone: Option<String>,
    pub(crate) budget: Duration,
    pub(crate) exit_when_idle: bool,
    pub(crate) quiet_panics: bool,
    pub(crate) logging: bool,
    pub(crate) version: Option<String>,
    pub(crate) observers: Observers,
    pub(crate) hooks: Hooks,
    pub(crate) configurers: Vec<Configurer>,
    pub(crate) outside: bool,
    /// Where virtual time begins: the wall clock is derived from Tokio's, which
    /// the test kit has paused. No signal handler is installed, and no thread watched.
    pub(crate) virtual_start: Option<jiff::Timestamp>,
    /// Nothing runs but what the test asks for.
    pub(crate) only_asked: bool,
    pub(crate) probe: Probe,
    #[cfg(feature = "cli")]
    pub(crate) args: Option<crate::cli::TaskArgs>,
}

/// Starts to put a program together, of every annotated function that is linked into it.
pub fn builder() -> Builder {
    Builder {
        options: Options {
            states: States::new(),
            registry: Registry::discovered(),
            pools: Vec::new(),
            timezone: None,
            budget: Defaults::BUDGET,
            exit_when_idle: false,
            quiet_panics: false,
            logging: true,
            version: None,
            observers: Observers::default(),
            hooks: Hooks::default(),
            configurers: Vec::new(),
            outside: true,
            virtual_start: None,
            only_asked: false,
            probe: Probe::default(),
            #[cfg(feature = "cli")]
            args: None,
        },
        set_up: NoSetup,
        tear_down: NoTeardown,
    }
}

impl<S, T> Builder<S, T> {
    /// Gives a value to every task that takes [`State<V>`](crate::State).
    ///
    /// Each run gets a clone, so give something cheap to clone: a pool, an
    /// `Arc`. Two values of one type are a start-up error.
    pub fn state<V: Clone + Send + Sync + 'static>(mut self, value: V) -> Self {
        self.options.states.insert(value);
        self
    }

    /// Does what must be done before the first task runs, such as connecting
    /// to a database, and gives its outcome to the tasks as state.
    ///
    /// It runs after the command line is read, so that listing opens nothing.
    /// If it fails or panics nothing starts, and the process should end with 1. A
    /// signal meanwhile drops it, starts nothing and ends with 0.
    pub fn setup<F>(self, set_up: F) -> Builder<WithSetup<F>, T>
    where
        F: AsyncFnOnce(Setup) -> Result<Setup, BoxError>,
    {
        Builder { options: self.options, set_up: WithSetup(set_up), tear_down: self.tear_down }
    }

    /// Does what must be done after the last task ended. It has until 500 ms
    /// before the end of the budget, and is called whenever set-up returned `Ok`.
    pub fn teardown<F>(self, tear_down: F) -> Builder<S, WithTeardown<F>>
    where
        F: AsyncFnOnce(&Report),
    {
        Builder { options: self.options, set_up: self.set_up, tear_down: WithTeardown(tear_down) }
    }

    /// Sizes a pool: at most so many runs of the tasks with `pool = "name"` at one time.
    ///
    /// A size of 0, or two sizes for one pool, is a start-up error.
    pub fn pool(mut self, name: impl Into<String>, size: u32) -> Self {
        self.options.pools.push((name.into(), size));
        self
    }

    /// Sets the time zone of every `cron` that names none: an IANA name, or
    /// `local` for the machine's own. `UTC` by default.
    ///
    /// A name that does not exist is a start-up error, and so is a machine whose
    /// zone cannot be made out: an unreadable `TZ` is never taken for UTC.
    ///
    /// # Examples
    ///
    /// ```
    /// use tasks_runtime::{registration, scheduled};
    ///
    /// #[scheduled(cron = "30 2 * * *")]
    /// async fn nightly_report() {}
    ///
    /// # let nothing = async {
    /// let wrong = tasks_runtime::builder()
    ///     .without_discovery()
    ///     .register(registration!(nightly_report))
    ///     .timezone("Europe/Madird")
    ///     .start();
    /// assert!(wrong.await.unwrap_err().to_string().contains("did you mean `Europe/Madrid`?"));
    /// # };
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(nothing);
    /// ```
    pub fn timezone(mut self, name: impl Into<String>) -> Self {
        self.options.timezone = Some(name.into());
        self
    }

    /// Sets the time from the first signal to the end of the process: 5 s by
    /// default, at least 2 s. The drain is this less 1 s.
    pub fn shutdown_budget(mut self, budget: Duration) -> Self {
        self.options.budget = budget;
        self
    }

    /// Ends the program with 0 once every boot task has ended and nothing is
    /// scheduled. By default it runs until a signal.
    pub fn exit_when_idle(mut self) -> Self {
        self.options.exit_when_idle = true;
        self
    }

    /// Adds a task. An annotated function that was discovered too counts once.
    pub fn register(mut self, registration: Registration) -> Self {
        self.options.registry.add(registration);
        self
    }

    /// Leaves out what was discovered: only what is registered takes part. For
    /// tests that want a registry of their own; call it before [`register`](Self::register).
    pub fn without_discovery(mut self) -> Self {
        self.options.registry = Registry::new();
        self
    }

    /// Sets options from the application's own configuration, before anything
    /// is listed or checked.
    ///
    /// What it sets stands above the annotations and below `tasks.toml`, the
    /// environment and the command line. An error or a panic in it is a
    /// start-up problem, exit code 78. It may be called more than once.
    ///
    /// # Examples
    ///
    /// ```
    /// # struct Config { purge_schedule: Option<String>, mail: bool }
    /// # fn read() -> Result<Config, std::io::Error> { Ok(Config { purge_schedule: None, mail: false }) }
    /// let builder = tasks_runtime::builder().configure(|tasks| {
    ///     let config = read()?;
    ///     // Empty and `off` switch the schedule off, `None` leaves what the annotation says.
    ///     tasks.task("purge_sends").cron(config.purge_schedule);
    ///     tasks.task("send_mail").enabled(config.mail, "SMTP_HOST is not set").retry(5);
    ///     tasks.default().timeout("1m");
    ///     Ok(())
    /// });
    /// ```
    #[track_caller]
    pub fn configure<F>(mut self, configure: F) -> Self
    where
        F: FnOnce(&mut Configure) -> Result<(), BoxError> + Send + 'static,
    {
        let place = std::panic::Location::caller();
        self.options.configurers.push(Configurer { run: Box::new(configure), place });
        self
    }

    /// Looks neither at `tasks.toml` nor at the variables that begin with
    /// `TASKS_`. For tests, which should not depend on what lies around them;
    /// [`configure`](Self::configure) and a command line that is given still count.
    pub fn without_configuration(mut self) -> Self {
        self.options.outside = false;
        self
    }

    /// Sets what `--version` shows.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.options.version = Some(version.into());
        self
    }

    /// Leaves logging to the application: [`main`](Self::main) installs no subscriber.
    pub fn logging(mut self, install: bool) -> Self {
        self.options.logging = install;
        self
    }

    /// Keeps the process's panic hook from being called for panics inside
    /// tasks, whose events say all. [`main`](crate::main) does so by itself.
    pub fn quiet_panics(mut self) -> Self {
        self.options.quiet_panics = true;
        self
    }

    /// Tells an observer of every event, beside the log. Several are told in
    /// the order in which they were given.
    ///
    /// [`Observer`] says on which threads, in which order, and what becomes of
    /// its panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use tasks_runtime::Event;
    ///
    /// let builder = tasks_runtime::builder().observe(|event: &Event| eprintln!("{}", event.name()));
    /// # drop(builder);
    /// ```
    pub fn observe(mut self, observer: impl Observer) -> Self {
        self.options.observers.add(observer);
        self
    }

    /// Puts code around each attempt of every task: a task-local, an error
    /// tracker's scope, a span of one's own.
    ///
    /// The hook is called when an attempt begins and returns a future that
    /// awaits the attempt and returns its [`Attempted`], which it can get from
    /// nowhere else: an attempt cannot be lost. Of several hooks the one given
    /// first is the outermost.
    ///
    /// Its future is part of the attempt: it is polled where the body is, the
    /// task's limits count it, and at a limit, a cancel or the end of the drain it
    /// is dropped with the body inside. Its panics are the attempt's. A hook that
    /// never polls the attempt keeps the body from running until a limit ends
    /// both; one that spawns it elsewhere takes it out of the reach of limits.
    ///
    /// Around a plain `fn` it is the same on the side of Tokio: the extractors are
    /// inside, and the attempt is over when the function has returned. The
    /// function itself runs on a thread of the blocking pool, where nothing that
    /// the hook set for its own future or thread is to be found.
    ///
    /// # Examples
    ///
    /// ```
    /// tokio::task_local! {
    ///     static REQUEST: String;
    /// }
    ///
    /// let builder = tasks_runtime::builder().around(|cx, attempt| async move {
    ///     let request = format!("{}-{}-{}", cx.task(), cx.run(), cx.attempt());
    ///     let attempted = REQUEST.scope(request, attempt).await;
    ///     if let Some(error) = attempted.error() {
    ///         eprintln!("{} failed: {error}", cx.task());
    ///     }
    ///     attempted
    /// });
    /// # drop(builder);
    /// ```
    ///
    /// A hook that does not await its attempt does not compile:
    ///
    /// ```compile_fail
    /// let builder = tasks_runtime::builder().around(|_, attempt| async move { drop(attempt) });
    /// ```
    pub fn around<H, F>(mut self, hook: H) -> Self
    where
        H: Fn(Context, Attempt) -> F + Send + Sync + 'static,
        F: Future<Output = Attempted> + Send + 'static,
    {
        self.options.hooks.add(hook);
        self
    }

    /// Takes what an application's own command line said: the [`TaskArgs`](crate::cli::TaskArgs)
    /// that it flattened into its parser.
    ///
    /// If they ask for a list, [`run_until_signal`](Self::run_until_signal)
    /// writes it and returns at once.
    #[cfg(feature = "cli")]
    pub fn args(mut self, args: crate::cli::TaskArgs) -> Self {
        self.options.args = Some(args);
        self
    }

    /// What the test kit does to the clock, and nothing else: for the tests of
    /// `start` and `run_until_signal` themselves.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    pub fn __virtual_time(mut self, start: jiff::Timestamp) -> Self {
        self.options.virtual_start = Some(start);
        self
    }
}

impl<S: SetUp, T: TearDown> Builder<S, T> {
    /// Runs the program inside a Tokio runtime of one's own, until a signal.
    ///
    /// Handlers for SIGTERM, SIGINT and SIGHUP are installed first. The report
    /// is there as soon as the drain is over. Because dropping a Tokio runtime
    /// waits for blocked threads for ever, the process still ends when the
    /// budget does; [`Report::disarm`] prevents that.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the program, at once, if anything is;
    /// then nothing was started. Also if set-up failed, or if another
    /// `run_until_signal` is under way in this process.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: if the future is dropped the tasks go on without
    /// anybody to end them but the guard.
    pub async fn run_until_signal(self) -> Result<Report, Error> {
        lifecycle::run_until_signal(self).await
    }

    /// Runs the program as the whole process: reads the command line, builds
    /// the Tokio runtime, logs to stderr if the application has no subscriber,
    /// and turns the end into an exit code.
    ///
    /// # Errors
    ///
    /// Exit code 0 for a clean end, 1 if an essential task or set-up failed,
    /// 2 for a wrong command line, 78 for a program that cannot start, 124 if
    /// the budget forced the end, 128 + n after a second signal.
    pub fn main(self) -> ExitCode {
        let Self { options, set_up, tear_down } = self;
        let (set_up, tear_down) = (AnySetUp::new(set_up), AnyTearDown::new(tear_down));
        crate::program::run(Builder { options, set_up, tear_down })
    }
}

impl<S: SetUp> Builder<S, NoTeardown> {
    /// Starts the program inside an application of one's own and returns a
    /// [`Handle`] to it. As often as wanted in one process.
    ///
    /// It installs no signal handler and never ends the process: call
    /// [`Handle::shutdown`]. What is not back by the end of the budget is
    /// abandoned, and named in the report.
    ///
    /// # Errors
    ///
    /// As [`run_until_signal`](Self::run_until_signal).
    pub async fn start(self) -> Result<Handle, Error> {
        lifecycle::start(self).await
    }
}

impl Options {
    /// Whether panics in here are told to the process's own hook.
    pub(crate) fn earlier_hook(&self) -> EarlierHook {
        if self.quiet_panics { EarlierHook::Skipped } else { EarlierHook::Called }
    }

    pub(crate) fn plan_inputs(&mut self) -> PlanInputs {
        let mut defaults = Defaults::default();
        if let Some(timezone) = self.timezone.take() {
            defaults.timezone = timezone;
        }
        let hook = self.earlier_hook();
        if self.virtual_start.is_some() {
            // A simulation is the same on every machine.
            defaults.host = Some("virtual".to_owned());
        }
        PlanInputs {
            defaults,
            layers: self.sources().gather(hook),
            selection: self.selection(),
            pools: std::mem::take(&mut self.pools),
            budget: self.budget,
            ..PlanInputs::new(std::mem::take(&mut self.registry))
        }
    }

    fn sources(&mut self) -> Sources {
        #[cfg(feature = "cli")]
        let (file, flags) = self.args.as_ref().map(crate::cli::TaskArgs::configuration).unwrap_or_default();
        #[cfg(not(feature = "cli"))]
        let (file, flags) = (None, Vec::new());
        // Whoever plays with time wants to know what a program does, not what it does here.
        let outside = self.outside && self.virtual_start.is_none();
        Sources { configurers: std::mem::take(&mut self.configurers), outside, file, flags }
    }

    #[cfg(feature = "cli")]
    fn selection(&self) -> Selection {
        self.args.as_ref().map(|args| args.selection().clone()).unwrap_or_default()
    }

    #[cfg(not(feature = "cli"))]
    #[expect(clippy::unused_self, reason = "the same call with and without the command line")]
    fn selection(&self) -> Selection {
        Selection::default()
    }

    #[cfg_attr(not(feature = "cli"), expect(clippy::unused_self, reason = "the same call for both"))]
    pub(crate) fn launch(&self) -> Launch {
        #[cfg(feature = "cli")]
        if let Some(crate::cli::Command::RunTask { name, input }) =
            self.args.as_ref().map(crate::cli::TaskArgs::command)
        {
            return Launch::One { name: name.clone(), input: input.clone() };
        }
        Launch::All
    }
}

impl<S, T> fmt::Debug for Builder<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("states", &self.options.states)
            .field("tasks", &self.options.registry.len())
            .field("pools", &self.options.pools)
            .field("shutdown_budget", &self.options.budget)
            .field("exit_when_idle", &self.options.exit_when_idle)
            .field("observers", &self.options.observers)
            .finish_non_exhaustive()
    }
}
