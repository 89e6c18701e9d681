//! Threads of the framework's own.

use std::{
    io,
    thread::{Builder, Thread},
};

/// Starts a thread with a name that whoever looks at the process can read.
///
/// # Errors
///
/// The system has no thread to spare.
pub(crate) fn start(name: &str, work: Box<dyn FnOnce() + Send>) -> io::Result<Thread> {
    // Boxed, because all of what starts a thread is compiled for each kind of work.
    Ok(Builder::new().name(name.to_owned()).spawn(work)?.thread().clone())
}
