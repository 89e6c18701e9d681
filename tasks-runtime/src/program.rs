//! The program as a whole process: `main()`.

use std::{process::ExitCode, time::Duration};

use crate::{
    builder::{Builder, SetUp, TearDown, builder},
    error::Error,
    log,
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

/// The one `main` behind both.
pub(crate) fn run<S: SetUp, T: TearDown>(builder: Builder<S, T>) -> ExitCode {
    let mut builder = builder.quiet_panics();
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
    let log_is_ours = builder.options.logging && !asks_for_list(&builder) && log::install();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Error::io(error), log_is_ours),
    };
    let end = runtime.block_on(builder.run_until_signal());
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

#[cfg(feature = "cli")]
fn asks_for_list<S, T>(builder: &Builder<S, T>) -> bool {
    builder.options.args.as_ref().is_some_and(crate::cli::TaskArgs::is_command)
}

#[cfg(not(feature = "cli"))]
fn asks_for_list<S, T>(_: &Builder<S, T>) -> bool {
    false
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
