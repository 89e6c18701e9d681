//! Parameters of a task: extractors, and the one [`Input`].
//!
//! Not public API: users implement [`FromContext`], and that is enough. `Input`
//! is no `FromContext`, so it cannot stand inside of another extractor, and the
//! input of a function is found at whatever place it stands: each parameter
//! folds what comes after it, [`Parameter::Fold`], and `Input` puts itself in
//! its place. One `impl` for each number of parameters does for all places.

use std::future::Future;

use super::{FromContext, Input, Needs, input};
use crate::{BoxError, context::Context};

/// What a task may take: anything that implements [`FromContext`], or an [`Input`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a task",
    label = "not an extractor",
    note = "a parameter is one of `Context`, `State<T>` with `T: Clone`, `Input<T>`, `CancellationToken`, `Handle`, or a type of yours that implements `FromContext`"
)]
pub trait Parameter: Sized + Send {
    /// The input of a function whose first parameter this is, and `Rest` that
    /// of the others.
    type Fold<Rest: Send + 'static>: Send + 'static;

    /// Declares what it needs.
    fn declare(needs: &mut Needs);

    /// Whether nobody has to wait for it.
    const READY: bool;

    /// Builds it for an attempt, if it is `READY`.
    fn at_once(cx: &Context) -> Result<Self, BoxError>;

    /// Builds it for an attempt.
    fn obtain(cx: &Context) -> impl Future<Output = Result<Self, BoxError>> + Send;
}

/// Where a parameter comes from. Apart from [`Parameter`], so that an error
/// about the type inside of `Input` is told at that type.
pub trait Source: Sized {
    /// What has to be read and written for it.
    type Value;
    /// See [`Parameter::Fold`].
    type Fold<Rest: Send + 'static>: Send + 'static
    where
        Self::Value: input::InputValue;

    /// Declares what it needs.
    fn needs(needs: &mut Needs)
    where
        Self::Value: input::InputValue;

    /// See [`Parameter::READY`].
    const READY: bool;

    /// See [`Parameter::at_once`].
    fn at_once(cx: &Context) -> Result<Self, BoxError>
    where
        Self::Value: input::InputValue;

    /// Builds it for an attempt.
    fn extract(cx: &Context) -> impl Future<Output = Result<Self, BoxError>> + Send
    where
        Self::Value: input::InputValue;
}

impl<P: Source + Send> Parameter for P
where
    P::Value: input::InputValue,
{
    type Fold<Rest: Send + 'static> = P::Fold<Rest>;

    const READY: bool = <P as Source>::READY;

    fn at_once(cx: &Context) -> Result<Self, BoxError> {
        <P as Source>::at_once(cx)
    }

    fn declare(needs: &mut Needs) {
        P::needs(needs);
    }

    fn obtain(cx: &Context) -> impl Future<Output = Result<Self, BoxError>> + Send {
        P::extract(cx)
    }
}

impl<P: FromContext> Source for P {
    type Value = ();
    type Fold<Rest: Send + 'static> = Rest;

    const READY: bool = P::__READY;

    fn at_once(cx: &Context) -> Result<Self, BoxError> {
        P::__at_once(cx)
    }

    fn needs(needs: &mut Needs) {
        P::__needs(needs);
    }

    fn extract(cx: &Context) -> impl Future<Output = Result<Self, BoxError>> + Send {
        P::__extract(cx)
    }
}

impl<T> Source for Input<T> {
    type Value = T;
    type Fold<Rest: Send + 'static>
        = T
    where
        T: input::InputValue;

    const READY: bool = true;

    fn at_once(cx: &Context) -> Result<Self, BoxError>
    where
        T: input::InputValue,
    {
        input::take(cx).map(Self)
    }

    fn needs(needs: &mut Needs)
    where
        T: input::InputValue,
    {
        needs.input::<T>();
    }

    fn extract(cx: &Context) -> impl Future<Output = Result<Self, BoxError>> + Send
    where
        T: input::InputValue,
    {
        std::future::ready(input::take(cx).map(Self))
    }
}
