//! What a panicking body said, and where.
//!
//! The message is in the payload, but the place is told to the panic hook
//! alone. So one hook is installed for the process; it notes the place of
//! panics inside [`catch`] and passes everything on to the hook that was there
//! before. Code that replaces the hook later without chaining costs the places,
//! nothing else.

mod hook;
mod payload;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

pub(crate) use self::hook::{EarlierHook, install_hook};

/// A panic that was caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PanicInfo {
    /// Clean text: one line, cut at 4 KiB.
    pub(crate) message: String,
    /// `file:line:column`, unless the hook was not ours or was not called.
    pub(crate) location: Option<String>,
    /// Of several lines, where `RUST_BACKTRACE` asked for one.
    pub(crate) backtrace: Option<String>,
}

impl fmt::Display for PanicInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.location {
            Some(location) => write!(f, ", at {location}"),
            None => Ok(()),
        }
    }
}

/// Calls `body`, and returns what it returned or how it panicked.
///
/// It nests, and works on any thread. It never panics itself: neither a
/// payload whose `Display` or `Drop` panics nor a thread that is ending can
/// make it.
pub(crate) fn catch<T>(earlier_hook: EarlierHook, body: impl FnOnce() -> T) -> Result<T, PanicInfo> {
    returned_in(body, |work| run(earlier_hook, work))
}

/// Hands `body` to `runner`, which calls it, and returns what it returned.
///
/// The part of [`catch`] that is compiled for each kind of body: the less there
/// is in it, the sooner the crate is built.
pub(crate) fn returned_in<T>(
    body: impl FnOnce() -> T,
    runner: impl FnOnce(&mut dyn FnMut()) -> Result<(), PanicInfo>,
) -> Result<T, PanicInfo> {
    let mut body = Some(body);
    let mut returned = None;
    runner(&mut || {
        if let Some(body) = body.take() {
            returned = Some(body());
        }
    })?;
    Ok(returned.expect("invariant: what did not panic was called, and returned"))
}

/// What [`catch`] does with a body of any kind.
pub(crate) fn run(earlier_hook: EarlierHook, body: &mut dyn FnMut()) -> Result<(), PanicInfo> {
    let supervised = hook::Supervised::enter(earlier_hook);
    let panicked = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(()) => return Ok(()),
        Err(payload) => payload,
    };
    let place = hook::take_place();
    drop(supervised);
    // What the payload's own code does wrong is nobody's panic to be told of.
    let _quiet = hook::Supervised::enter(EarlierHook::Skipped);
    Err(payload::read(panicked).unwrap_or_else(|message| {
        let (location, backtrace) =
            place.map_or((None, None), |place| (Some(place.location), place.backtrace));
        PanicInfo { message, location, backtrace: backtrace.map(|backtrace| backtrace.to_string()) }
    }))
}

#[cfg(test)]
mod tests;
