//! What the programs of this package share: the ones without the framework, and
//! what all of them say when their first body runs.

use std::{
    future::Future,
    io::{self, Write as _},
    pin::Pin,
};

/// What a registry by hand knows of a task.
#[derive(Debug)]
pub struct Entry {
    /// Its name, by which it is sorted and found.
    pub name: &'static str,
    /// Its limit.
    pub timeout_ms: u64,
    /// Its body.
    pub run: fn() -> Body,
}

inventory::collect!(Entry);

/// A body, boxed.
pub type Body = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The body that runs first: it says when, and ends the process.
pub fn first() -> Body {
    Box::pin(async { arrived() })
}

/// Says when this was reached, and ends the process.
pub fn arrived() -> ! {
    measure::say(&format!("arrived {}", measure::monotonic_ns()));
    std::process::exit(0)
}

/// The whole program over a registry by hand: `--list-tasks` writes a line for
/// each task; without arguments the first one runs.
///
/// # Errors
///
/// Fails if there is no runtime, or nobody to write to.
pub fn program<'a>(entries: impl Iterator<Item = &'a Entry>) -> io::Result<()> {
    let mut entries: Vec<&Entry> = entries.collect();
    entries.sort_unstable_by_key(|entry| entry.name);
    if std::env::args().nth(1).as_deref() == Some("--list-tasks") {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for entry in entries {
            writeln!(out, "{}\t{} ms", entry.name, entry.timeout_ms)?;
        }
        return out.flush();
    }
    let body = (entries[0].run)();
    measure::runtime()?.block_on(async { tokio::spawn(body).await }).map_err(io::Error::other)
}
