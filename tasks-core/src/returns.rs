//! What a task may return.

use crate::BoxError;

/// An error that a task may return: any error, `anyhow::Error`, `eyre::Report`, `String`, `&str`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a task",
    label = "not an error",
    note = "it must convert into `Box<dyn std::error::Error + Send + Sync>`: `anyhow::Error`, `String`, or a type that implements `std::error::Error + Send + Sync + 'static`"
)]
pub trait TaskError: Send + 'static {
    /// Converts it into a boxed error.
    fn into_boxed(self) -> BoxError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError> + Send + 'static> TaskError for E {
    fn into_boxed(self) -> BoxError {
        self.into()
    }
}

/// What a task may return: `()` or `Result<T, E>`.
#[diagnostic::on_unimplemented(
    message = "a task cannot return `{Self}`",
    label = "neither `()` nor `Result<T, E>`",
    note = "return `()`, or `Result<T, E>` with an error such as `anyhow::Error`; a task's value goes to whoever spawned it, so wrap it: `Result<{Self}, E>`"
)]
pub trait TaskReturn: Sized {
    /// The value of a success, which a `RunHandle` gives to whoever spawned the run.
    type Ok: Send + 'static;
    /// The error of a failure.
    type Err;

    #[doc(hidden)]
    fn __into_result(self) -> Result<Self::Ok, Self::Err>;

    #[doc(hidden)]
    fn __boxed(error: Self::Err) -> BoxError;
}

impl TaskReturn for () {
    type Ok = ();
    type Err = std::convert::Infallible;

    fn __into_result(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn __boxed(error: Self::Err) -> BoxError {
        match error {}
    }
}

impl<T: Send + 'static, E: TaskError> TaskReturn for Result<T, E> {
    type Ok = T;
    type Err = E;

    fn __into_result(self) -> Self {
        self
    }

    fn __boxed(error: E) -> BoxError {
        error.into_boxed()
    }
}
