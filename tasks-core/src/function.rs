//! Functions as keys: what lets `Handle::spawn(send_mail, …)` be checked by the compiler.

use std::{fmt, future::Future, marker::PhantomData};

use crate::{extract::Parameter, returns::TaskReturn};

/// A function that can be a task: parameters that are extractors, at most one
/// of them an [`Input`](crate::Input), and a return type that is a result.
///
/// `M` is chosen by the compiler; never write it. That a function *is* a task,
/// that is, annotated and registered, is known only when the program runs.
#[diagnostic::on_unimplemented(
    message = "this is not a function that could be a task",
    label = "not a task",
    note = "give the function itself, annotated with `#[task]`: `handle.spawn(send_mail, input)`"
)]
pub trait TaskFunction<M>: Copy + Send + Sync + 'static {
    /// What a spawn gives to it: the type inside of its [`Input`](crate::Input),
    /// `()` for a function without one.
    type Input: Send + 'static;
    /// The function's return type.
    type Return: TaskReturn;
}

/// Marks an `async fn`.
pub struct AsyncFunction<P, F>(PhantomData<fn(P) -> F>);

/// Marks a plain `fn`.
pub struct PlainFunction<P>(PhantomData<fn(P)>);

impl<P, F> fmt::Debug for AsyncFunction<P, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AsyncFunction")
    }
}

impl<P> fmt::Debug for PlainFunction<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainFunction")
    }
}

/// The type inside of the one `Input` among these, wherever it stands.
macro_rules! fold {
    () => { () };
    ($first:ident $(, $rest:ident)*) => { <$first as Parameter>::Fold<fold!($($rest),*)> };
}

macro_rules! functions {
    ($(($($name:ident),*))*) => {$(
        impl<Func, Fut, Ret, $($name),*> TaskFunction<AsyncFunction<($($name,)*), Fut>> for Func
        where
            Func: Fn($($name),*) -> Fut + Copy + Send + Sync + 'static,
            Fut: Future<Output = Ret> + Send + 'static,
            Ret: TaskReturn,
            $($name: Parameter,)*
        {
            type Input = fold!($($name),*);
            type Return = Ret;
        }

        impl<Func, Ret, $($name),*> TaskFunction<PlainFunction<($($name,)*)>> for Func
        where
            Func: Fn($($name),*) -> Ret + Copy + Send + Sync + 'static,
            Ret: TaskReturn,
            $($name: Parameter,)*
        {
            type Input = fold!($($name),*);
            type Return = Ret;
        }
    )*};
}
functions! {
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
