//! The body of an attempt whose parameters are there at once.
//!
//! A program has one of these for each of its tasks, so each line in here is
//! compiled as often; an `async` block that asks for the parameters inside of
//! itself is several times as much, and each type around the function's own
//! future brings functions and descriptions for a debugger with it. So there is
//! none: what a poll needs of the run, whoever polls has. What does not depend on
//! the function is shared: `prepare` by all that take the same parameters,
//! `ended` by all that return the same type.

use std::{
    any::TypeId,
    fmt,
    future::{Future, poll_fn, ready},
    pin::Pin,
    sync::Arc,
    task::{self, Poll},
};

use pin_project_lite::pin_project;

use super::{Answer, Ask, On, settle};
use crate::{
    BoxError,
    context::RunCell,
    extract::Parameter,
    returns::TaskReturn,
    task::{Failure, TaskFuture},
};

/// What an attempt does, as its run polls it.
///
/// Each future that returns what a task may is one. Whether it is `Send` is asked where it
/// is boxed and nowhere else: the compiler looks through all of a body for the answer.
pub trait Body {
    /// Polls it, and settles with the run what it returns.
    fn poll_in(
        self: Pin<&mut Self>,
        waker: &mut task::Context<'_>,
        cell: &RunCell,
    ) -> Poll<Result<(), Failure>>;
}

impl<Fut: Future<Output: TaskReturn>> Body for Fut {
    fn poll_in(
        self: Pin<&mut Self>,
        waker: &mut task::Context<'_>,
        cell: &RunCell,
    ) -> Poll<Result<(), Failure>> {
        ended(self.poll(waker), None, cell)
    }
}

pin_project! {
    /// A body, and the predicate that judges its errors.
    pub(super) struct Judged<Fut, Ret>
    where
        Ret: TaskReturn,
    {
        #[pin]
        pub(super) body: Fut,
        pub(super) on: On<Ret>,
    }
}

impl<Fut: Future<Output = Ret>, Ret: TaskReturn> Body for Judged<Fut, Ret> {
    fn poll_in(
        self: Pin<&mut Self>,
        waker: &mut task::Context<'_>,
        cell: &RunCell,
    ) -> Poll<Result<(), Failure>> {
        let this = self.project();
        ended(this.body.poll(waker), *this.on, cell)
    }
}

/// An attempt that was begun.
pub enum Begun {
    /// What returns the end of an attempt by itself.
    Future(TaskFuture),
    /// What is settled with its run when it returns.
    Body(Pin<Box<dyn Body + Send>>),
}

impl Begun {
    /// The same as a future, which keeps the `cell` of its run.
    pub fn into_future(self, cell: Arc<RunCell>) -> TaskFuture {
        match self {
            Self::Future(future) => future,
            Self::Body(mut body) => Box::pin(poll_fn(move |waker| body.as_mut().poll_in(waker, &cell))),
        }
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Begun")
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
    fn prepare(ask: Ask<'_>, key: fn() -> TypeId) -> Result<Self, Answer>;
}

/// An attempt that failed before its body was there.
fn failed(error: BoxError) -> Answer {
    Answer::Run(Begun::Future(Box::pin(ready(Err(Failure::new(error))))))
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => {$(
        impl<$($name: Parameter),*> AtOnce for ($($name,)*) {
            const ALL_READY: bool = true $(&& $name::READY)*;

            #[allow(unused_variables, clippy::unused_unit, reason = "the empty tuple takes nothing")]
            fn prepare(ask: Ask<'_>, key: fn() -> TypeId) -> Result<Self, Answer> {
                match ask {
                    Ask::Needs(needs) => {
                        $($name::declare(needs);)*
                        Err(Answer::Needs)
                    }
                    Ask::Key => Err(Answer::Key(key())),
                    Ask::Run(cx) => {
                        Ok(($($name::at_once(&cx).map_err(failed)?,)*))
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
