//! Set-up and teardown as types.
//!
//! The builder is generic over the two closures instead of boxing them, so
//! that whether its future is `Send` depends on the user's code alone, and a
//! set-up may hold an `Rc` across an `.await` when nobody needs it to move.

use tasks_core::{BoxError, States};

use crate::report::Report;

/// What set-up gives to the tasks.
#[derive(Debug, Default)]
#[must_use = "return it from the set-up, or the tasks do not get their state"]
pub struct Setup {
    pub(crate) states: States,
}

impl Setup {
    /// Gives a value to every task that takes [`State<V>`](crate::State).
    pub fn state<V: Clone + Send + Sync + 'static>(mut self, value: V) -> Self {
        self.states.insert(value);
        self
    }
}

/// No set-up.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSetup;

/// A set-up.
#[derive(Clone, Copy, Debug)]
pub struct WithSetup<F>(pub(crate) F);

/// No teardown.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTeardown;

/// A teardown.
#[derive(Clone, Copy, Debug)]
pub struct WithTeardown<F>(pub(crate) F);

/// The set-up of a builder. Sealed: it is chosen by calling [`Builder::setup`](super::Builder::setup).
pub trait SetUp: sealed::Sealed {
    #[doc(hidden)]
    const IS_SOMETHING: bool;

    #[doc(hidden)]
    #[expect(async_fn_in_trait, reason = "sealed; whether it is `Send` is the user's business")]
    async fn set_up(self, setup: Setup) -> Result<Setup, BoxError>;
}

impl SetUp for NoSetup {
    const IS_SOMETHING: bool = false;

    async fn set_up(self, setup: Setup) -> Result<Setup, BoxError> {
        Ok(setup)
    }
}

impl<F: AsyncFnOnce(Setup) -> Result<Setup, BoxError>> SetUp for WithSetup<F> {
    const IS_SOMETHING: bool = true;

    async fn set_up(self, setup: Setup) -> Result<Setup, BoxError> {
        (self.0)(setup).await
    }
}

/// The teardown of a builder. Sealed: it is chosen by calling [`Builder::teardown`](super::Builder::teardown).
pub trait TearDown: sealed::Sealed {
    #[doc(hidden)]
    #[expect(async_fn_in_trait, reason = "sealed; whether it is `Send` is the user's business")]
    async fn tear_down(self, report: &Report);
}

impl TearDown for NoTeardown {
    async fn tear_down(self, _: &Report) {}
}

impl<F: AsyncFnOnce(&Report)> TearDown for WithTeardown<F> {
    async fn tear_down(self, report: &Report) {
        (self.0)(report).await;
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::NoSetup {}
    impl<F> Sealed for super::WithSetup<F> {}
    impl Sealed for super::NoTeardown {}
    impl<F> Sealed for super::WithTeardown<F> {}
}
