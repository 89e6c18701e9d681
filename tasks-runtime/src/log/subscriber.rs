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
pub(crate) fn install() -> bool {
    if tracing::dispatcher::has_been_set() {
        return false;
    }
    let settings = Settings::read(|name| env::var_os(name), io::stderr().is_terminal());
    let format = settings.format;
    let Ok(writer) = Writer::start(stderr(), Bounds::default(), move |count| dropped_line(format, count))
    else {
        return false;
    };
    let lines = writer.clone();
    let installed =
        tracing::subscriber::set_global_default(subscriber(&settings, move |line| lines.send(line)));
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
