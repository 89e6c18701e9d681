//! The one function pointer of an annotated function.
//!
//! Everything the runtime wants to know of a function goes through a single
//! generic entry, `a0` to `a8` for an `async fn` and `b0` to `b8` for a plain
//! one. The expansion names each user type once, by turbofish, at its own span,
//! so that one wrong type is one error; a second mention would double it.

mod body;

use std::{any::TypeId, fmt, future::Future, sync::Arc};

use self::body::{AtOnce, Body};
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
    Run(TaskFuture),
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
        match (self.entry)(Ask::Run(cx)) {
            Answer::Run(future) => future,
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
fn run(body: Box<dyn Future<Output = Result<(), Failure>> + Send>) -> Answer {
    Answer::Run(Box::into_pin(body))
}

macro_rules! entry {
    ($async_entry:ident $plain_entry:ident ($($name:ident $value:ident),*)) => {
        #[allow(clippy::too_many_arguments, missing_docs, unused_variables, reason = "one shape for every arity")]
        pub fn $async_entry<$($name,)* Ret, Fut, Func>(ask: Ask<'_>, function: Func, on: On<Ret>) -> Answer
        where
            Func: Fn($($name),*) -> Fut + Copy + Send + Sync + 'static,
            Fut: Future<Output = Ret> + Send,
            Ret: TaskReturn,
            $($name: Parameter + 'static,)*
            Ret: 'static, Fut: 'static, Ret::Err: 'static,
        {
            // Only one of the two is compiled for a function.
            if <($($name,)*)>::ALL_READY {
                return match <($($name,)*)>::prepare(ask, TypeId::of::<Func>) {
                    Ok((($($value,)*), cell)) => run(Box::new(Body { body: function($($value),*), cell, on })),
                    Err(answer) => answer,
                };
            }
            match ask {
                Ask::Needs(needs) => {
                    $($name::declare(needs);)*
                    Answer::Needs
                }
                Ask::Key => Answer::Key(TypeId::of::<Func>()),
                Ask::Run(cx) => {
                    Answer::Run(Box::pin(async move {
                        $(let $value = $name::obtain(&cx).await.map_err(Failure::new)?;)*
                        settle(function($($value),*).await, on, cx.__cell())
                    }))
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
                Ask::Run(cx) => Answer::Run(Box::pin(async move {
                    $(let $value = $name::obtain(&cx).await.map_err(Failure::new)?;)*
                    let cell = cx.into_cell();
                    let run = Arc::clone(&cell);
                    // Settled on the blocking thread, so that neither the value
                    // nor the error has to be `Send` as the return type.
                    run_blocking(cell, Part::Body, move || settle(function($($value),*), on, &run)).await
                })),
            }
        }
    };
}
// One invocation for each arity: an error about a user's type quotes the invocation in full.
entry!(a0 b0 ());
entry!(a1 b1 (P1 p1));
entry!(a2 b2 (P1 p1, P2 p2));
entry!(a3 b3 (P1 p1, P2 p2, P3 p3));
entry!(a4 b4 (P1 p1, P2 p2, P3 p3, P4 p4));
entry!(a5 b5 (P1 p1, P2 p2, P3 p3, P4 p4, P5 p5));
entry!(a6 b6 (P1 p1, P2 p2, P3 p3, P4 p4, P5 p5, P6 p6));
entry!(a7 b7 (P1 p1, P2 p2, P3 p3, P4 p4, P5 p5, P6 p6, P7 p7));
entry!(a8 b8 (P1 p1, P2 p2, P3 p3, P4 p4, P5 p5, P6 p6, P7 p7, P8 p8));
