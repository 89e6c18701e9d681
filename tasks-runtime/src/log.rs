//! The log: events as `tracing` events, and the subscriber of `main()`.
//!
//! Whatever the subscriber, an [`Emitter`] makes the same events; their names,
//! levels and fields are described in `docs/logs.md`. The subscriber here is
//! the one that `main()` installs when the application has none.

mod emitter;
#[cfg(feature = "log")]
mod fields;
#[cfg(feature = "log")]
mod format;
#[cfg(feature = "log")]
mod layer;
#[cfg(feature = "log")]
mod settings;
#[cfg(feature = "log")]
mod subscriber;
#[cfg(test)]
mod tests;
mod text;
mod throttle;
#[cfg(feature = "log")]
mod writer;

#[cfg(feature = "log")]
pub(crate) use self::subscriber::{flush, install, start_writer};
pub(crate) use self::{emitter::Emitter, text::clean_text};

/// Installs nothing: there is no subscriber without the feature `log`.
#[cfg(not(feature = "log"))]
pub(crate) fn install(_: bool) -> bool {
    false
}

/// There is nothing that would write.
#[cfg(not(feature = "log"))]
pub(crate) fn start_writer() {}

/// Has nothing to wait for.
#[cfg(not(feature = "log"))]
pub(crate) fn flush(_: std::time::Duration) -> bool {
    true
}
