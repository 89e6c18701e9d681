//! The program as a whole process: `main()`.

use std::{process::ExitCode, time::Duration};

use tokio::runtime::Runtime;

use crate::{
    builder::{AnySetUp, AnyTearDown, Builder, SetUp as _, builder},
    error::{Error, Problem},
    lifecycle, log,
    panic::{EarlierHook, catch, install_hook},
    report::Report,
};

/// How long futures of the application's own may take to be dropped at the end.
const LAST_DROPS: Duration = Duration::from_millis(100);

/// Runs every annotated function that is linked into the program, until a signal.
///
/// Reads the command line (`--help` says what there is), builds the Tokio
/// runtime, logs to stderr if the application has no subscriber, supervises
/// the tasks and turns the end into an exit code.
///
/// # Examples
///
/// ```no_run
/// use tasks_runtime::scheduled;
///
/// #[scheduled(every = "5m")]
/// async fn prune_sessions() {}
///
/// fn main() -> std::process::ExitCode {
///     tasks_runtime::main()
/// }
/// ```
///
/// # Errors
///
/// See [`Builder::main`] for the exit codes.
pub fn main() -> ExitCode {
    builder().main()
}

/// The one `main` behind both: compiled here, and not in each application anew.
pub(crate) fn run(builder: Builder<AnySetUp<'_>, AnyTearDown<'_>>) -> ExitCode {
    #[cfg_attr(not(feature = "cli"), expect(unused_mut, reason = "only the command line changes it"))]
    let mut builder = builder.quiet_panics();
    let has_set_up = builder.set_up.is_something();
    #[cfg(feature = "cli")]
    if builder.options.args.is_none() {
        let program = crate::cli::Program { version: builder.options.version.clone() };
        match crate::cli::parse_main(
            &program,
            std::env::args_os(),
            &mut std::io::stdout(),
            &mut std::io::stderr(),
        ) {
            Ok(args) => builder.options.args = Some(args),
            Err(code) => return ExitCode::from(code),
        }
    }
    #[cfg(feature = "cli")]
    if let Some(report) = lifecycle::list_if_asked(&mut builder.options, has_set_up) {
        return report.into();
    }
    // Set-up may take its time, and what it logs is for whoever waits for it.
    let log_is_ours = builder.options.logging && log::install(has_set_up);
    // The guard gets ready while the runtime is built.
    let ready = lifecycle::arm(&builder.options).and_then(|armed| {
        let tell = |error: &Error| {
            lifecycle::tell_failure(error, &builder.options.observers, EarlierHook::Skipped);
        };
        build_runtime().inspect_err(tell).map(|runtime| (armed, runtime))
    });
    let (armed, runtime) = match ready {
        Ok(ready) => ready,
        Err(error) => {
            log::flush(Duration::from_millis(100));
            return fail(&error, log_is_ours);
        }
    };
    let end = runtime.block_on(lifecycle::run_armed(builder, armed));
    let code = match &end {
        Ok(report) => report.exit_code(),
        Err(error) => {
            fail(error, log_is_ours);
            error.exit_code()
        }
    };
    log::flush(Duration::from_millis(100));
    if end.as_ref().is_ok_and(Report::was_abandoned) {
        leave(code);
    }
    // The guard is still armed here if a signal began it: neither a `Drop` nor
    // an exit handler can outlast the budget.
    runtime.shutdown_timeout(LAST_DROPS);
    ExitCode::from(code)
}

/// Tokio reads this variable itself, and panics at what it does not like.
const WORKERS: &str = "TOKIO_WORKER_THREADS";

fn build_runtime() -> Result<Runtime, Error> {
    if let Some(value) = std::env::var_os(WORKERS)
        && !value.to_str().is_some_and(|value| value.parse::<usize>().is_ok_and(|workers| workers > 0))
    {
        let problem = format!("{value:?} is no number of worker threads");
        let remedy = format!("a whole number above 0, such as `{WORKERS}=4`");
        return Err(Error::configuration(vec![Problem::new(WORKERS, problem, remedy)]));
    }
    install_hook();
    // It panics too when it runs out of file descriptors at the wrong moment.
    match catch(EarlierHook::Skipped, || tokio::runtime::Builder::new_multi_thread().enable_all().build()) {
        Ok(built) => built.map_err(Error::io),
        Err(panic) => Err(Error::io(std::io::Error::other(panic.message))),
    }
}

/// Says why nothing started, unless the log has said it.
fn fail(error: &Error, log_is_ours: bool) -> ExitCode {
    use std::io::Write as _;
    if !log_is_ours || error.is_usage() {
        // A closed stderr is nobody's error.
        let _ = writeln!(std::io::stderr(), "error: {error}");
    }
    ExitCode::from(error.exit_code())
}

/// Leaves without exit handlers or destructors: a thread that never came back
/// may hold whatever they wait for.
#[cfg(unix)]
fn leave(code: u8) -> ! {
    signal_hook::low_level::exit(code.into())
}

#[cfg(not(unix))]
fn leave(code: u8) -> ! {
    std::process::exit(code.into())
}
