//! What `main()` installs when the application has no subscriber.

use std::{
    env,
    io::{self, IsTerminal, Write},
    sync::OnceLock,
    time::Duration,
};

use super::{
    layer::{dropped_line, subscriber},
    settings::Settings,
    writer::{Bounds, Writer},
};

static WRITER: OnceLock<Writer> = OnceLock::new();

/// Installs a subscriber that logs to stderr, unless there is one. Returns
/// whether it did.
///
/// What is logged is written `at_once`, or kept until [`start_writer`] or
/// [`flush`]: a thread takes longer to make than the first run to start.
pub(crate) fn install(at_once: bool) -> bool {
    if tracing::dispatcher::has_been_set() {
        return false;
    }
    let settings = Settings::read(|name| env::var_os(name), io::stderr().is_terminal());
    let format = settings.format;
    let writer = Writer::new(stderr(), Bounds::default(), move |count| dropped_line(format, count));
    if at_once && writer.start().is_err() {
        return false;
    }
    let lines = writer.clone();
    let installed =
        tracing::subscriber::set_global_default(subscriber(&settings, move |line: &str| lines.send(line)));
    if installed.is_err() {
        return false;
    }
    // Only who installs the subscriber gets here, once.
    let _ = WRITER.set(writer);
    for warning in &settings.warnings {
        tracing::warn!(target: "tasks", "{warning}");
    }
    true
}

/// Writes from now on what is logged, if a subscriber of ours is installed.
pub(crate) fn start_writer() {
    // Without a thread to spare the lines wait for one, at the latest until the end.
    let _ = WRITER.get().map(Writer::start);
}

/// Waits until what was logged so far is written, at most for `limit`. Returns
/// whether it is.
pub(crate) fn flush(limit: Duration) -> bool {
    WRITER.get().is_none_or(|writer| writer.flush(limit))
}

/// Standard error without the lock of the standard library, which this thread
/// would hold while nobody reads, and without its panic on errors.
fn stderr() -> Box<dyn Write + Send> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        if let Ok(descriptor) = io::stderr().as_fd().try_clone_to_owned() {
            return Box::new(std::fs::File::from(descriptor));
        }
    }
    Box::new(io::stderr())
}
