//! Parameters of a task: [`FromContext`] and the extractors that come with it.

mod builtin;
#[cfg(feature = "input")]
mod example;
mod input;
mod needs;
mod parameter;
mod states;
#[cfg(feature = "input")]
mod value;

use std::future::Future;

use crate::{BoxError, context::Context};

pub use self::{builtin::State, input::Input, needs::Needs, states::States};
#[doc(hidden)]
pub use self::{
    input::{Given, InputType},
    parameter::Parameter,
};

/// A type that can be a parameter of a task.
///
/// Implement it for your own types: name what you need, and build yourself from
/// it. An extractor gets only what it declared, so start-up can check that
/// everything is there without running anything.
///
/// # Examples
///
/// ```
/// use tasks_core::{BoxError, Context, FromContext, State};
/// # #[derive(Clone, Debug)] struct Pool;
/// # impl Pool { async fn acquire(&self) -> Result<u32, std::io::Error> { Ok(1) } }
///
/// #[derive(Debug)]
/// struct Connection(u32);
///
/// impl FromContext for Connection {
///     type Needs = (State<Pool>, Context);
///
///     async fn from_context((State(pool), cx): Self::Needs) -> Result<Self, BoxError> {
///         let _ = cx.run();
///         Ok(Self(pool.acquire().await?))
///     }
/// }
/// ```
///
/// # Errors
///
/// An extractor that fails fails the attempt, with `retry` as for any other error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no extractor",
    label = "not an extractor",
    note = "an extractor is built from other extractors: `Context`, `State<T>` with `T: Clone`, `CancellationToken`, `Handle`, or a type of yours that implements `FromContext`; an `Input<T>` is a parameter of the task itself"
)]
pub trait FromContext: Sized + Send {
    /// What it is built from: one extractor, or a tuple of them.
    type Needs: FromContext;

    /// Builds the value, once for each attempt, inside its limit.
    fn from_context(needs: Self::Needs) -> impl Future<Output = Result<Self, BoxError>> + Send;

    #[doc(hidden)]
    fn __needs(needs: &mut Needs) {
        needs.nested(Self::Needs::__needs);
    }

    /// Whether [`__at_once`](FromContext::__at_once) builds it.
    #[doc(hidden)]
    const __READY: bool = false;

    /// Builds what nobody has to wait for.
    #[doc(hidden)]
    fn __at_once(_: &Context) -> Result<Self, BoxError> {
        Err("this parameter has to be waited for".into())
    }

    #[doc(hidden)]
    fn __extract(cx: &Context) -> impl Future<Output = Result<Self, BoxError>> + Send {
        async move {
            let needs = Self::Needs::__extract(cx).await?;
            Self::from_context(needs).await
        }
    }
}
