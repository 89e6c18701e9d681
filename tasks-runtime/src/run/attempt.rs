//! How one attempt ended.

use std::time::Duration;

use tasks_core::{__private::chain_text, Failure, Outcome};

use crate::{
    log::clean_text,
    panic::{EarlierHook, PanicInfo, catch},
};

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AttemptEnd {
    pub(crate) outcome: Outcome,
    pub(crate) error: Option<String>,
    /// Of a panic, where `RUST_BACKTRACE` asked for one. For the log alone.
    pub(crate) backtrace: Option<Box<str>>,
    /// The error allows another attempt.
    pub(crate) retryable: bool,
    /// No other run can mend the error either.
    pub(crate) fatal: bool,
    /// The error asks for this wait.
    pub(crate) retry_after: Option<Duration>,
    /// The body came back only after its limit and grace.
    pub(crate) late: bool,
    /// The limit was the run's deadline.
    pub(crate) by_deadline: bool,
}

impl AttemptEnd {
    pub(crate) fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            error: None,
            backtrace: None,
            retryable: false,
            fatal: false,
            retry_after: None,
            late: false,
            by_deadline: false,
        }
    }

    pub(crate) fn with_error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    pub(crate) fn panicked(panic: &PanicInfo) -> Self {
        let backtrace = panic.backtrace.as_deref().map(Box::from);
        Self { backtrace, ..Self::new(Outcome::Panicked).with_error(Some(panic.to_string())) }
    }

    /// The end of a body that returned an error and was not asked to stop.
    pub(crate) fn failed(failure: &Failure) -> Self {
        match describe(failure) {
            Ok(error) => Self {
                retryable: failure.is_retryable(),
                fatal: failure.is_fatal(),
                retry_after: failure.retry_after(),
                ..Self::new(Outcome::Failed).with_error(Some(error))
            },
            Err(panic) => Self::panicked(&panic),
        }
    }
}

/// The text of an error. Its `Display` is the user's code, and may panic.
pub(crate) fn describe(failure: &Failure) -> Result<String, PanicInfo> {
    catch(EarlierHook::Skipped, || clean_text(&chain_text(failure.error())))
}
