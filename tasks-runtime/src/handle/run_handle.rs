//! Waiting for a spawned run.

use std::{
    any::Any,
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use tasks_core::{Outcome, RunId, TaskReturn};

use crate::result::{Awaited, RunResult};

/// A run that was spawned. Await it for the function's own value.
///
/// Dropping it ends nothing: the run goes on, and its result is recorded.
///
/// # Cancel safety
///
/// Awaiting `&mut handle` is cancel safe: the value stays until it is taken.
#[must_use = "the run goes on by itself; say `drop(…)` if its end does not matter"]
pub struct RunHandle<R: TaskReturn> {
    end: Awaited,
    value: PhantomData<fn() -> R::Ok>,
}

impl<R: TaskReturn> RunHandle<R> {
    pub(crate) fn new(end: Awaited) -> Self {
        Self { end, value: PhantomData }
    }

    /// Returns the id of the run.
    pub fn run(&self) -> RunId {
        self.end.run()
    }
}

impl<R: TaskReturn> Future for RunHandle<R> {
    type Output = Result<R::Ok, RunError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (result, value) = match Pin::new(&mut self.end).poll(cx) {
            Poll::Ready(end) => end,
            Poll::Pending => return Poll::Pending,
        };
        let succeeded = result.as_ref().is_some_and(|result| result.outcome == Outcome::Succeeded);
        let value = value.and_then(|value| value.downcast().ok()).map(|value| *value);
        Poll::Ready(match value.or_else(unit) {
            Some(value) if succeeded => Ok(value),
            _ => Err(RunError { run: self.run(), result }),
        })
    }
}

/// The value of a body that gives none: of a `Task` that was added.
fn unit<T: 'static>() -> Option<T> {
    let mut unit = Some(());
    (&mut unit as &mut dyn Any).downcast_mut::<Option<T>>()?.take()
}

impl<R: TaskReturn> fmt::Debug for RunHandle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunHandle").field("run", &self.run()).finish_non_exhaustive()
    }
}

/// How a spawned run ended, if it did not succeed.
#[derive(Clone)]
pub struct RunError {
    run: RunId,
    result: Option<Box<RunResult>>,
}

impl RunError {
    /// Returns how the run ended.
    pub fn outcome(&self) -> Outcome {
        self.result.as_ref().map_or(Outcome::Abandoned, |result| result.outcome)
    }

    /// Returns the whole record of the run; none if the program was gone before its end.
    pub fn result(&self) -> Option<&RunResult> {
        self.result.as_deref()
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Some(result) => {
                write!(f, "run {} of task `{}` ended as {}", self.run, result.task, result.outcome)?;
                result.error.iter().try_for_each(|error| write!(f, ": {error}"))
            }
            None => write!(f, "run {} was lost: the program is gone", self.run),
        }
    }
}

impl fmt::Debug for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunError").field("run", &self.run).field("result", &self.result).finish()
    }
}

impl std::error::Error for RunError {}
