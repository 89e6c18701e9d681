//! Set-up and teardown as types.
//!
//! The builder is generic over the two closures instead of boxing them, so
//! that whether its future is `Send` depends on the user's code alone, and a
//! set-up may hold an `Rc` across an `.await` when nobody needs it to move.
//! `main()` needs neither, and puts both behind pointers.

use std::pin::Pin;

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
    fn is_something(&self) -> bool;

    #[doc(hidden)]
    #[expect(async_fn_in_trait, reason = "sealed; whether it is `Send` is the user's business")]
    async fn set_up(self, setup: Setup) -> Result<Setup, BoxError>;
}

impl SetUp for NoSetup {
    fn is_something(&self) -> bool {
        false
    }

    async fn set_up(self, setup: Setup) -> Result<Setup, BoxError> {
        Ok(setup)
    }
}

impl<F: AsyncFnOnce(Setup) -> Result<Setup, BoxError>> SetUp for WithSetup<F> {
    fn is_something(&self) -> bool {
        true
    }

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

/// A set-up behind a pointer, for `main()`: its future stays on one thread, so
/// nobody asks whether it is `Send`, and all that `main()` does is compiled once.
pub(crate) struct AnySetUp<'a> {
    is_something: bool,
    set_up: Box<dyn SetUpOnce + 'a>,
}

impl<'a> AnySetUp<'a> {
    pub(crate) fn new(set_up: impl SetUp + 'a) -> Self {
        Self { is_something: set_up.is_something(), set_up: Box::new(set_up) }
    }
}

impl SetUp for AnySetUp<'_> {
    fn is_something(&self) -> bool {
        self.is_something
    }

    async fn set_up(self, setup: Setup) -> Result<Setup, BoxError> {
        self.set_up.set_up_once(setup).await
    }
}

/// [`SetUp`] as it can be behind a pointer.
trait SetUpOnce {
    fn set_up_once<'f>(
        self: Box<Self>,
        setup: Setup,
    ) -> Pin<Box<dyn Future<Output = Result<Setup, BoxError>> + 'f>>
    where
        Self: 'f;
}

impl<S: SetUp> SetUpOnce for S {
    fn set_up_once<'f>(
        self: Box<Self>,
        setup: Setup,
    ) -> Pin<Box<dyn Future<Output = Result<Setup, BoxError>> + 'f>>
    where
        Self: 'f,
    {
        Box::pin((*self).set_up(setup))
    }
}

/// A teardown behind a pointer: see [`AnySetUp`].
pub(crate) struct AnyTearDown<'a>(Box<dyn TearDownOnce + 'a>);

impl<'a> AnyTearDown<'a> {
    pub(crate) fn new(tear_down: impl TearDown + 'a) -> Self {
        Self(Box::new(tear_down))
    }
}

impl TearDown for AnyTearDown<'_> {
    async fn tear_down(self, report: &Report) {
        self.0.tear_down_once(report).await;
    }
}

/// [`TearDown`] as it can be behind a pointer.
trait TearDownOnce {
    fn tear_down_once<'f>(self: Box<Self>, report: &'f Report) -> Pin<Box<dyn Future<Output = ()> + 'f>>
    where
        Self: 'f;
}

impl<T: TearDown> TearDownOnce for T {
    fn tear_down_once<'f>(self: Box<Self>, report: &'f Report) -> Pin<Box<dyn Future<Output = ()> + 'f>>
    where
        Self: 'f,
    {
        Box::pin((*self).tear_down(report))
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::NoSetup {}
    impl<F> Sealed for super::WithSetup<F> {}
    impl Sealed for super::NoTeardown {}
    impl<F> Sealed for super::WithTeardown<F> {}
    impl Sealed for super::AnySetUp<'_> {}
    impl Sealed for super::AnyTearDown<'_> {}
}
