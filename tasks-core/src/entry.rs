//! The one function pointer of an annotated function.
//!
//! Everything the runtime wants to know of a function goes through a single
//! generic entry, `a0` to `a8` for an `async fn` and `b0` to `b8` for a plain
//! one; `j0` to `j8` are for an `async fn` whose errors a predicate judges. The
//! expansion names each user type once, by turbofish, at its own span, so that
//! one wrong type is one error; a second mention would double it.

mod body;

use std::{any::TypeId, fmt, future::Future, sync::Arc};

use self::body::{AtOnce, Judged};
pub use self::body::{Begun, Body};
use crate::{
    context::{Context, Part, RunCell, run_blocking},
    definition::{Definition, Facts},
    extract::{Needs, Parameter},
    returns::TaskReturn,
    task::{Failure, Task, TaskFuture},
};

/// What the runtime asks of an annotated function.
#[expect(missing_debug_implementations, reason = "asked and forgotten")]
pub enum Ask<'a> {
    /// Declare what the parameters need.
    Needs(&'a mut Needs),
    /// Name the function's type.
    Key,
    /// Start an attempt.
    Run(Context),
}

/// What it answers.
#[expect(missing_debug_implementations, reason = "holds a future")]
pub enum Answer {
    /// The needs were declared.
    Needs,
    /// The function's type.
    Key(TypeId),
    /// The attempt.
    Run(Begun),
}

/// An annotated function: its facts and its entry.
pub struct Annotated {
    /// The facts.
    pub facts: Facts<'static>,
    /// The entry.
    pub entry: fn(Ask<'_>) -> Answer,
    /// Whether the annotation gives a name; otherwise it is the function's own.
    pub named: bool,
    /// The further tasks of a function with several annotations.
    pub others: &'static [Annotated],
}

impl fmt::Debug for Annotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Annotated").field(&self.facts.name).finish()
    }
}

impl Task for Annotated {
    fn definition(&self) -> Definition<'_> {
        self.facts.definition()
    }

    fn run(&self, cx: Context) -> TaskFuture {
        let cell = Arc::clone(cx.__cell());
        self.__begin(cx).into_future(cell)
    }

    fn __begin(&self, cx: Context) -> Begun {
        match (self.entry)(Ask::Run(cx)) {
            Answer::Run(begun) => begun,
            Answer::Needs | Answer::Key(_) => unreachable!("an entry answers what it is asked"),
        }
    }

    fn needs(&self, needs: &mut Needs) {
        (self.entry)(Ask::Needs(needs));
    }

    fn __facts(&self) -> Option<Facts<'_>> {
        Some(self.facts)
    }

    fn __key(&self) -> Option<TypeId> {
        match (self.entry)(Ask::Key) {
            Answer::Key(key) => Some(key),
            Answer::Needs | Answer::Run(_) => None,
        }
    }

    fn __is_named(&self) -> bool {
        self.named
    }

    fn __others(&self) -> &'static [Annotated] {
        self.others
    }
}

/// The predicate of `retry(on = …)`.
pub type On<R> = Option<fn(&<R as TaskReturn>::Err) -> bool>;

/// Names a predicate, so that one of the wrong type is an error at its path.
pub const fn on<E>(predicate: fn(&E) -> bool) -> Option<fn(&E) -> bool> {
    Some(predicate)
}

pub(crate) fn settle<R: TaskReturn>(returned: R, on: On<R>, cell: &RunCell) -> Result<(), Failure> {
    match returned.__into_result() {
        Ok(value) => {
            cell.deliver(value);
            Ok(())
        }
        Err(error) => {
            let retryable = on.map(|on| on(&error));
            Err(Failure::new(R::__boxed(error)).with_retryable(retryable))
        }
    }
}

/// Pins what is boxed already: `Box::pin` would be compiled for each function.
fn run(body: Box<dyn Body + Send>) -> Answer {
    Answer::Run(Begun::Body(Box::into_pin(body)))
}

/// What waits for its parameters, unless all of them are there at once.
///
/// It is a constant, because the compiler looks at whatever a function names, even where it
/// is never called: it asks of the future of a `$later` whether it is `Send`, for each task.
macro_rules! later {
    ($later:ident $($name:ident)*) => {
        const { if <($($name,)*)>::ALL_READY { None } else { Some($later::<$($name,)* Ret, Fut, Func> as Later<Func, Ret>) } }
    };
}

type Later<Func, Ret> = fn(Ask<'_>, Func, On<Ret>) -> Answer;

macro_rules! entry {
    ($async_entry:ident $judged_entry:ident $later:ident $plain_entry:ident ($($name:ident $value:ident),*)) => {
        #[allow(clippy::too_many_arguments, missing_docs, unused_variables, reason = "one shape for every arity")]
        pub fn $async_entry<$($name,)* Ret, Fut, Func>(ask: Ask<'_>, function: Func) -> Answer
        where
            Func: Fn($($name),*) -> Fut + Copy + Send + Sync + 'static,
            Fut: Future<Output = Ret> + Send,
            Ret: TaskReturn,
            $($name: Parameter + 'static,)*
            Ret: 'static, Fut: 'static, Ret::Err: 'static,
        {
            // The outer condition is known when it is compiled, which leaves nothing of it.
            if !<($($name,)*)>::ALL_READY {
                if let Some(later) = later!($later $($name)*) {
                    return later(ask, function, None);
                }
            }
            match <($($name,)*)>::prepare(ask, TypeId::of::<Func>) {
                Ok(($($value,)*)) => run(Box::new(function($($value),*))),
                Err(answer) => answer,
            }
        }

        #[allow(clippy::too_many_arguments, missing_docs, unused_variables, reason = "one shape for every arity")]
        pub fn $judged_entry<$($name,)* Ret, Fut, Func>(ask: Ask<'_>, function: Func, on: On<Ret>) -> Answer
        where
            Func: Fn($($name),*) -> Fut + Copy + Send + Sync + 'static,
            Fut: Future<Output = Ret> + Send,
            Ret: TaskReturn,
            $($name: Parameter + 'static,)*
            Ret: 'static, Fut: 'static, Ret::Err: 'static,
        {
            if !<($($name,)*)>::ALL_READY {
                if let Some(later) = later!($later $($name)*) {
                    return later(ask, function, on);
                }
            }
            match <($($name,)*)>::prepare(ask, TypeId::of::<Func>) {
                Ok(($($value,)*)) => run(Box::new(Judged { body: function($($value),*), on })),
                Err(answer) => answer,
            }
        }

        #[allow(clippy::too_many_arguments, unused_variables, reason = "one shape for every arity")]
        fn $later<$($name,)* Ret, Fut, Func>(ask: Ask<'_>, function: Func, on: On<Ret>) -> Answer
        where
            Func: Fn($($name),*) -> Fut + Copy + Send + Sync + 'static,
            Fut: Future<Output = Ret> + Send,
            Ret: TaskReturn,
            $($name: Parameter + 'static,)*
            Ret: 'static, Fut: 'static, Ret::Err: 'static,
        {
            match ask {
                Ask::Needs(needs) => {
                    $($name::declare(needs);)*
                    Answer::Needs
                }
                Ask::Key => Answer::Key(TypeId::of::<Func>()),
                Ask::Run(cx) => {
                    Answer::Run(Begun::Future(Box::pin(async move {
                        $(let $value = $name::obtain(&cx).await.map_err(Failure::new)?;)*
                        settle(function($($value),*).await, on, cx.__cell())
                    })))
                }
            }
        }

        #[allow(clippy::too_many_arguments, missing_docs, unused_variables, reason = "one shape for every arity")]
        pub fn $plain_entry<$($name,)* Ret, Func>(ask: Ask<'_>, function: Func, on: On<Ret>) -> Answer
        where
            Func: Fn($($name),*) -> Ret + Copy + Send + Sync + 'static,
            Ret: TaskReturn + 'static,
            $($name: Parameter + 'static,)*
            Ret::Err: 'static,
        {
            match ask {
                Ask::Needs(needs) => {
                    $($name::declare(needs);)*
                    Answer::Needs
                }
                Ask::Key => Answer::Key(TypeId::of::<Func>()),
                Ask::Run(cx) => Answer::Run(Begun::Future(Box::pin(async move {
                    $(let $value = $name::obtain(&cx).await.map_err(Failure::new)?;)*
                    let cell = cx.into_cell();
                    let run = Arc::clone(&cell);
                    // Settled on the blocking thread, so that neither the value
                    // nor the error has to be `Send` as the return type.
                    run_blocking(cell, Part::Body, move || settle(function($($value),*), on, &run)).await
                }))),
            }
        }
    };
}
// One invocation for each arity: an error about a user's type quotes the invocation in full.
entry!(a0 j0 l0 b0 ());
entry!(a1 j1 l1 b1 (P1 p1));
entry!(a2 j2 l2 b2 (P1 p1, P2 p2));
entry!(a3 j3 l3 b3 (P1 p1, P2 p2, P3 p3));
entry!(a4 j4 l4 b4 (P1 p1, P2 p2, P3 p3, P4 p4));
entry!(a5 j5 l5 b5 (P1 p1, P2 p2, P3 p3, P4 p4, P5 p5));
entry!(a6 j6 l6 b6 (P1 p1, P2 p2, P3 p3, P4 p4, P5 p5, P6 p6));
entry!(a7 j7 l7 b7 (P1 p1, P2 p2, P3 p3, P4 p4, P5 p5, P6 p6, P7 p7));
entry!(a8 j8 l8 b8 (P1 p1, P2 p2, P3 p3, P4 p4, P5 p5, P6 p6, P7 p7, P8 p8));
