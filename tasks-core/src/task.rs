//! The [`Task`] trait and the way a body fails.

use std::{error::Error, fmt, future::Future, pin::Pin, time::Duration};

use crate::{
    BoxError,
    context::Context,
    definition::{Definition, Facts},
    entry::{Annotated, Begun},
    extract::Needs,
    failure::{Fact, fact_of},
};

/// A body in motion: what one attempt does.
pub type TaskFuture = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// A named unit of work: a definition and a body.
///
/// `#[task]` and `#[scheduled]` generate implementations. Implement it by hand
/// for work that no function can express, and give it to the builder with
/// `register`.
///
/// # Examples
///
/// ```
/// use tasks_core::{BodyKind, Context, Definition, Location, Task, TaskFuture, policy::Options};
///
/// #[derive(Debug)]
/// struct Greet(String);
///
/// impl Task for Greet {
///     fn definition(&self) -> Definition<'_> {
///         Definition {
///             name: &self.0,
///             description: "Says hello.",
///             location: Location { file: file!(), line: line!(), module_path: module_path!() },
///             body: BodyKind::Async,
///             scheduled: false,
///             options: Options::NONE,
///         }
///     }
///
///     fn run(&self, cx: Context) -> TaskFuture {
///         Box::pin(async move {
///             let _ = cx.attempt();
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait Task: Send + Sync + 'static {
    /// Returns the static facts. Called at start-up; must give the same answer each time.
    fn definition(&self) -> Definition<'_>;

    /// Starts one attempt. Called once for each attempt, on a Tokio worker; do
    /// the work in the future, not in this call.
    fn run(&self, cx: Context) -> TaskFuture;

    /// Declares what the body needs, so that start-up can check it. By default
    /// nothing, and the body does not listen.
    fn needs(&self, needs: &mut Needs) {
        let _ = needs;
    }

    /// The same as [`definition`](Self::definition) where nothing has to be made for it: a
    /// program may have thousands of them, and start-up looks at each several times.
    #[doc(hidden)]
    fn __facts(&self) -> Option<Facts<'_>> {
        None
    }

    /// The same as [`run`](Self::run) for a body that its run may poll without a future around it.
    #[doc(hidden)]
    fn __begin(&self, cx: Context) -> Begun {
        Begun::Future(self.run(cx))
    }

    #[doc(hidden)]
    fn __key(&self) -> Option<std::any::TypeId> {
        None
    }

    #[doc(hidden)]
    fn __is_named(&self) -> bool {
        true
    }

    #[doc(hidden)]
    fn __others(&self) -> &'static [Annotated] {
        &[]
    }
}

/// Why an attempt failed, and what that means for the next one.
///
/// Made from any error with `?` or [`Failure::new`].
pub struct Failure {
    error: BoxError,
    retryable: Option<bool>,
}

impl Failure {
    /// Wraps an error.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self { error: error.into(), retryable: None }
    }

    /// Records what the predicate of `retry(on = …)` said of the error.
    #[must_use = "the failure is returned, not changed in place"]
    pub fn with_retryable(mut self, retryable: Option<bool>) -> Self {
        self.retryable = retryable;
        self
    }

    /// Returns the error.
    pub fn error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.error
    }

    /// Takes the error out.
    pub fn into_error(self) -> BoxError {
        self.error
    }

    /// Returns whether another attempt makes sense: not for an error wrapped in
    /// [`Fatal`](crate::Fatal), nor for one that `retry(on = …)` refused.
    pub fn is_retryable(&self) -> bool {
        !self.is_fatal() && self.retryable != Some(false)
    }

    /// Returns whether the error is wrapped in [`Fatal`](crate::Fatal): neither
    /// another attempt nor another run can mend it.
    pub fn is_fatal(&self) -> bool {
        matches!(fact_of(&*self.error), Some(Fact::Fatal))
    }

    /// Returns the delay that a [`RetryAfter`](crate::RetryAfter) asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        match fact_of(&*self.error) {
            Some(Fact::RetryAfter(delay)) => Some(delay),
            _ => None,
        }
    }
}

impl<E: Into<BoxError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("error", &self.error)
            .field("retryable", &self.is_retryable())
            .finish()
    }
}
