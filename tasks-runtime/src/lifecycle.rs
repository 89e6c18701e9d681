//! From a builder to a report: the order in which a program starts and ends.

mod one;
mod relay;
mod teardown;

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Instant,
};

use tasks_core::{
    __private::{Given, Host},
    BoxError, Outcome, States, Trigger,
};

use self::{one::OneInput, relay::Relay, teardown::tear_down_state};
use crate::{
    builder::{Builder, NoTeardown, Options, SetUp, Setup, TearDown},
    clock::Clock,
    engine::{Ending, Mode, Wish},
    error::Error,
    event::{Event, EventKind, StopCause},
    guard::{Closer, Guard, InstallError},
    handle::{Handle, index_of},
    log,
    observe::Observers,
    panic::{EarlierHook, PanicInfo, catch, install_hook},
    plan::Plan,
    report::{Report, Teardown},
    result::{Awaited, RunResult},
    shell::{Shared, TELLING},
};

/// What is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Launch {
    /// The program.
    All,
    /// One run of this task, in the foreground.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "only the command line asks for it"))]
    One {
        name: String,
        /// Its input as JSON.
        input: Option<String>,
    },
}

/// Runs until a signal, or what else ends the program.
pub(crate) async fn run_until_signal<S: SetUp, T: TearDown>(builder: Builder<S, T>) -> Result<Report, Error> {
    #[cfg_attr(not(feature = "cli"), expect(unused_mut, reason = "only a list takes from the options"))]
    let Builder { mut options, set_up, tear_down } = builder;
    #[cfg(feature = "cli")]
    if let Some(report) = list_if_asked(&mut options, set_up.is_something()) {
        return Ok(report);
    }
    let armed = arm(&options)?;
    run_armed(Builder { options, set_up, tear_down }, armed).await
}

/// The guard, and what it tells.
pub(crate) struct Armed {
    relay: Arc<Relay>,
    /// None where time is not real.
    guard: Option<Guard>,
}

/// Begins to arm the guard, which goes on while `main()` builds its runtime.
pub(crate) fn arm(options: &Options) -> Result<Armed, Error> {
    let relay = Arc::new(Relay::default());
    let guard = match options.virtual_start {
        Some(_) => None,
        None => Some(
            Guard::arm(options.budget, Arc::clone(&relay) as Arc<dyn Closer>)
                .map_err(|error| not_armed(error, options))?,
        ),
    };
    Ok(Armed { relay, guard })
}

/// Runs until a signal, or what else ends the program.
pub(crate) async fn run_armed<S: SetUp, T: TearDown>(
    builder: Builder<S, T>,
    armed: Armed,
) -> Result<Report, Error> {
    let Builder { options, set_up, tear_down } = builder;
    let Armed { relay, guard } = armed;
    // Before anything is checked: until now a signal would have ended the process by itself.
    if let Some(guard) = &guard {
        guard.armed().map_err(|error| not_armed(error, &options))?;
    }
    let one_is_wanted = options.launch() != Launch::All;
    let (shared, one) = match launch(options, set_up, guard, Some(&relay)).await {
        Ok(launched) => launched,
        Err(not_launched) => return Err(not_launched.torn_down(tear_down).await),
    };
    let result = match one {
        Some(result) => Some(wait_for_one(&shared, result).await),
        // A signal came during set-up: the one run that was wanted did not succeed.
        None if one_is_wanted => Some(None),
        None => None,
    };
    drained(&shared).await;
    let mut report = report(&shared);
    if let Some(result) = result {
        report.exit_code = Some(code_of_one(&report, result.as_ref()));
    }
    tear_down_state(&shared, tear_down, &mut report).await;
    shared.say_last_words(report.teardown != Teardown::Done);
    settle(&shared, &report);
    Ok(report)
}

/// Writes what the command line wants to know, if it does not want anything to
/// run. It needs no Tokio runtime.
#[cfg(feature = "cli")]
pub(crate) fn list_if_asked(options: &mut Options, has_set_up: bool) -> Option<Report> {
    use crate::cli::{self, Command};
    let command = options.args.as_ref()?.command().clone();
    let checked = |options: &mut Options| Plan::build(options.plan_inputs());
    Some(Report::of_command(match command {
        Command::List(form) => cli::list_to_stdout(&checked(options), form),
        Command::PrintConfig => cli::print_to_stdout(&checked(options)),
        Command::Foresee(asked) => {
            let states = std::mem::take(&mut options.states);
            cli::foresee_to_stdout(checked(options), asked, &states, has_set_up)
        }
        Command::Supervise | Command::RunTask { .. } => return None,
    }))
}

fn not_armed(error: InstallError, options: &Options) -> Error {
    let error = match error {
        InstallError::AlreadyRunning => Error::already_running(),
        InstallError::Io(error) => Error::io(error),
    };
    tell_failure(&error, &options.observers, options.earlier_hook());
    error
}

/// Starts the program without a guard.
pub(crate) async fn start<S: SetUp>(builder: Builder<S, NoTeardown>) -> Result<Handle, Error> {
    let Builder { options, set_up, .. } = builder;
    match launch(options, set_up, None, None).await {
        Ok((shared, _)) => Ok(Handle::new(shared)),
        Err(NotLaunched { error, .. }) => Err(error),
    }
}

/// Starts the program for the test kit, which ends it by [`end_under_test`].
#[cfg(feature = "testing")]
pub(crate) async fn start_under_test<S: SetUp, T: TearDown>(
    builder: Builder<S, T>,
) -> Result<(Arc<Shared>, T), Error> {
    let Builder { options, set_up, tear_down } = builder;
    match launch(options, set_up, None, None).await {
        Ok((shared, _)) => {
            shared.run_to_its_end();
            Ok((shared, tear_down))
        }
        Err(not_launched) => Err(not_launched.torn_down(tear_down).await),
    }
}

/// Waits for the end of a program, which has begun, and tears down.
#[cfg(feature = "testing")]
pub(crate) async fn end_under_test<T: TearDown>(shared: &Arc<Shared>, tear_down: T) -> Report {
    drained(shared).await;
    let mut report = report(shared);
    tear_down_state(shared, tear_down, &mut report).await;
    shared.say_last_words(report.teardown != Teardown::Done);
    report
}

struct NotLaunched {
    error: Error,
    shared: Option<Arc<Shared>>,
}

impl NotLaunched {
    /// Undoes what set-up did, if that came to its end.
    async fn torn_down<T: TearDown>(self, tear_down: T) -> Error {
        let Self { error, shared } = self;
        if let Some(shared) = &shared {
            let mut report = report(shared);
            report.exit_code = Some(error.exit_code());
            tear_down_state(shared, tear_down, &mut report).await;
            if let Some(guard) = shared.guard() {
                guard.disarm();
            }
        }
        error
    }
}

/// None if a shutdown came before it.
type OneResult = Option<Awaited>;

async fn launch<S: SetUp>(
    mut options: Options,
    set_up: S,
    guard: Option<Guard>,
    relay: Option<&Relay>,
) -> Result<(Arc<Shared>, Option<OneResult>), NotLaunched> {
    install_hook();
    let (launch, hook) = (options.launch(), options.earlier_hook());
    let states = std::mem::take(&mut options.states);
    let checked = Plan::build(options.plan_inputs());
    let (plan, input) = match before_set_up(checked, &states, &launch, set_up.is_something()) {
        Ok(checked) => checked,
        Err(error) => {
            if let Some(guard) = guard {
                guard.disarm();
            }
            tell_failure(&error, &options.observers, hook);
            return Err(NotLaunched { error, shared: None });
        }
    };
    let notes = plan.notes.clone();
    let budget = plan.budget;
    for warning in &plan.warnings {
        tracing::warn!(target: "tasks", event = "option_dropped", "{warning}");
    }
    let clock = options.virtual_start.map_or_else(Clock::system, Clock::virtual_from);
    let mode = Mode {
        only_asked: launch != Launch::All || options.only_asked,
        exit_when_idle: options.exit_when_idle,
        virtual_time: clock.is_virtual(),
    };
    let shared =
        Shared::new(Arc::new(plan), mode, clock, hook, options.observers, options.hooks, options.probe);
    if let Some(guard) = guard {
        guard.set_budget(budget);
        shared.set_guard(guard);
    }
    if let Some(relay) = relay {
        shared.run_to_its_end();
        relay.connect(&shared);
    }
    let fail = |error: Error| {
        tell_failure(&error, shared.observers(), hook);
        NotLaunched { error, shared: Some(Arc::clone(&shared)) }
    };
    match set_up_or_stop(&shared, set_up, hook).await {
        None => return Ok((shared, None)),
        Some(Err(error)) => return Err(fail(Error::setup(error))),
        Some(Ok(setup)) => {
            let mut all = states;
            all.merge(setup.states);
            shared.set_states(all);
            let problems = missing_state(
                &shared.with(|core, _| Arc::clone(&core.plan)),
                &Host::states(&*shared),
                &launch,
            );
            if !problems.is_empty() {
                return Err(fail(Error::configuration(problems)));
            }
        }
    }
    if cfg!(panic = "abort") {
        tracing::warn!(
            target: "tasks",
            event = "panics_abort",
            "built with `panic = \"abort\"`: a panic in any task ends the process, and no result of it is kept",
        );
    }
    let one = match &launch {
        Launch::All => {
            shared.with(|core, now| core.begin(now, notes));
            None
        }
        Launch::One { name, .. } => Some(begin_one(&shared, name, input).map_err(fail)?),
    };
    shared.spawn_boxed(Box::pin(Arc::clone(&shared).keep_time()));
    // Nothing that the first runs need, so they do not wait for threads to be made.
    log::start_writer();
    if !shared.clock().is_virtual() {
        shared.watch_threads();
    }
    Ok((shared, one))
}

/// Every check that needs no set-up, in one report.
fn before_set_up(
    checked: crate::plan::Checked,
    states: &States,
    launch: &Launch,
    more_state_comes: bool,
) -> Result<(Plan, OneInput), Error> {
    let mut checked = checked;
    let mut one = OneInput::default();
    if let Launch::One { name, input } = launch {
        match checked
            .plan
            .find(name)
            .and_then(|index| one::read_input(&checked.plan, index, input.as_deref()))
        {
            Ok(input) => one = input,
            Err(message) => checked.usage.push(message),
        }
    }
    if !more_state_comes {
        let missing = missing_state(&checked.plan, states, launch);
        checked.problems.extend(missing);
    }
    checked.into_result().map(|plan| (plan, one))
}

fn missing_state(plan: &Plan, states: &States, launch: &Launch) -> Vec<crate::error::Problem> {
    match launch {
        Launch::All => plan.missing_state(states),
        Launch::One { name, .. } => match plan.find(name) {
            Ok(index) => plan.missing_state_of(index, states),
            Err(_) => Vec::new(),
        },
    }
}

/// Tells log and observers why nothing started.
pub(crate) fn tell_failure(error: &Error, observers: &Observers, hook: EarlierHook) {
    if error.is_usage() {
        // For whoever typed it, not for the log.
        return;
    }
    let now = Clock::system().now();
    let tell = |problem| observers.tell(Event::new(EventKind::StartFailed { problem }, now), hook);
    if error.problems().is_empty() {
        tell(crate::error::Problem::new("", error.to_string(), ""));
    }
    error.problems().iter().cloned().for_each(tell);
}

/// Runs the set-up; `None` if a signal came first, which drops it.
async fn set_up_or_stop<S: SetUp>(
    shared: &Arc<Shared>,
    set_up: S,
    hook: EarlierHook,
) -> Option<Result<Setup, BoxError>> {
    let mut set_up = pin!(caught(set_up.set_up(Setup::default()), hook));
    let mut over = pin!(shared.wait_over());
    poll_fn(|cx| {
        if over.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        set_up
            .as_mut()
            .poll(cx)
            .map(|end| Some(end.unwrap_or_else(|panic| Err(format!("it panicked: {panic}").into()))))
    })
    .await
}

/// A future whose panic is a value.
async fn caught<F: Future>(future: F, hook: EarlierHook) -> Result<F::Output, PanicInfo> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch(hook, || future.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// Starts the one run of `--run-task`.
fn begin_one(shared: &Arc<Shared>, name: &str, input: OneInput) -> Result<OneResult, Error> {
    // What is not given away is dropped here, not under the lock.
    let mut input = input;
    shared.with(|core, now| {
        core.begin(now, Vec::new());
        let index = index_of(core, name).map_err(|_| Error::usage(format!("there is no task `{name}`")))?;
        let wish = Wish { forced: true, ..Wish::default() };
        // Refused only by a shutdown that has begun; the report says so.
        let Ok(run) = core.want(index, Trigger::Manual, wish, now) else { return Ok(None) };
        if let Some(input) = input.take() {
            core.give_input(run, Given::Value(input));
        }
        Ok(Some(core.await_run(run)))
    })
}

async fn wait_for_one(shared: &Arc<Shared>, result: OneResult) -> Option<RunResult> {
    let result = match result {
        Some(end) => end.await.0.map(|result| *result),
        None => None,
    };
    if !shared.is_over() {
        shared.stop(StopCause::Asked, None);
    }
    result
}

fn code_of_one(report: &Report, result: Option<&RunResult>) -> u8 {
    match result.map(|result| result.outcome) {
        Some(Outcome::Succeeded) => 0,
        _ if matches!(report.cause, StopCause::Signal(_)) => 124,
        _ => 1,
    }
}

/// Waits for the end of the drain, looking at the clock all the while: the
/// timer task may sit on a worker that a body blocks.
pub(crate) async fn drained(shared: &Arc<Shared>) {
    shared.wait_stopping().await;
    while !shared.is_over() {
        let wake = shared.tick();
        // Either end leads to another look at the clock.
        let _ = tokio::time::timeout_at(shared.clock().instant(wake), shared.wait_over()).await;
    }
    // Other threads may still be telling the last ends; the last words come
    // after them. A thread that tells may have lost its turn, so what counts is
    // the time and not the looks.
    let patience = Instant::now() + TELLING;
    while shared.is_performing() && Instant::now() < patience {
        tokio::task::yield_now().await;
    }
}

/// What is known of the end so far.
pub(crate) fn report(shared: &Arc<Shared>) -> Report {
    shared.with(|core, _| {
        let ending = core.ending();
        Report {
            cause: ending.map_or(StopCause::Asked, |ending| ending.cause.clone()),
            essential_failed: ending.is_some_and(|ending| ending.essential_failed),
            cuts: ending.map(Ending::cuts).unwrap_or_default(),
            teardown: Teardown::Done,
            exit_code: None,
            results: core.results(),
            shared: Some(Arc::clone(shared)),
            states: None,
        }
    })
}

/// The report is made: what becomes of the guard.
fn settle(shared: &Shared, report: &Report) {
    let Some(guard) = shared.guard() else { return };
    guard.settle();
    if report.exit_code() != 0 {
        guard.set_exit_code(report.exit_code());
    }
    let asked = matches!(report.cause, StopCause::Asked | StopCause::Idle);
    if asked && !report.was_abandoned() {
        guard.disarm();
    }
}
