//! The future of an attempt whose parameters are there at once.
//!
//! A program has one of these for each of its tasks, so each line in here is
//! compiled as often; an `async` block that asks for the parameters inside of
//! itself is several times as much. What does not depend on the function is
//! shared: `prepare` by all that take the same parameters, `settle` by all that
//! return the same type.

use std::{
    any::TypeId,
    future::{Future, ready},
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

use pin_project_lite::pin_project;

use super::{Answer, Ask, On, settle};
use crate::{BoxError, context::RunCell, extract::Parameter, returns::TaskReturn, task::Failure};

pin_project! {
    /// A body that runs, and what becomes of what it returns.
    pub(super) struct Body<Fut, Ret>
    where
        Ret: TaskReturn,
    {
        #[pin]
        pub(super) body: Fut,
        // Each living run has one of these, so it keeps what it needs of its context.
        pub(super) cell: Arc<RunCell>,
        pub(super) on: On<Ret>,
    }
}

impl<Fut: Future<Output = Ret>, Ret: TaskReturn> Future for Body<Fut, Ret> {
    type Output = Result<(), Failure>;

    fn poll(self: Pin<&mut Self>, waker: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        ended(this.body.poll(waker), *this.on, this.cell)
    }
}

fn ended<Ret: TaskReturn>(polled: Poll<Ret>, on: On<Ret>, cell: &RunCell) -> Poll<Result<(), Failure>> {
    match polled {
        Poll::Ready(returned) => Poll::Ready(settle(returned, on, cell)),
        Poll::Pending => Poll::Pending,
    }
}

/// The parameters of a function, as a tuple, built without waiting.
pub(super) trait AtOnce: Sized {
    /// Whether all of them can be.
    const ALL_READY: bool;

    /// Builds them, in their order, for an attempt; answers whatever else is
    /// asked of the function with this `key`.
    fn prepare(ask: Ask<'_>, key: fn() -> TypeId) -> Result<(Self, Arc<RunCell>), Answer>;
}

/// An attempt that failed before its body was there.
fn failed(error: BoxError) -> Answer {
    Answer::Run(Box::pin(ready(Err(Failure::new(error)))))
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => {$(
        impl<$($name: Parameter),*> AtOnce for ($($name,)*) {
            const ALL_READY: bool = true $(&& $name::READY)*;

            #[allow(unused_variables, clippy::unused_unit, reason = "the empty tuple takes nothing")]
            fn prepare(ask: Ask<'_>, key: fn() -> TypeId) -> Result<(Self, Arc<RunCell>), Answer> {
                match ask {
                    Ask::Needs(needs) => {
                        $($name::declare(needs);)*
                        Err(Answer::Needs)
                    }
                    Ask::Key => Err(Answer::Key(key())),
                    Ask::Run(cx) => {
                        let values = ($($name::at_once(&cx).map_err(failed)?,)*);
                        Ok((values, cx.into_cell()))
                    }
                }
            }
        }
    )*};
}
tuples! {
    ()
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
    (A, B, C, D, E, F)
    (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
}
