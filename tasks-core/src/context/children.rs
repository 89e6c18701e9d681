//! Futures that live and die with their run.

use std::{
    any::Any,
    collections::HashMap,
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
};

use tokio::{sync::oneshot, task::AbortHandle};

use super::cell::RunCell;

/// A child of a run, as the runtime polls it.
pub type ChildFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A future that was given to [`Context::spawn`](super::Context::spawn). Await
/// it for the value of the future.
///
/// Dropping it ends nothing: the child goes on, and its run waits for it.
///
/// # Cancel safety
///
/// Awaiting `&mut child` is cancel safe: the value stays until it is taken.
#[must_use = "the child goes on by itself; say `drop(…)` if its value does not matter"]
#[derive(Debug)]
pub struct Child<T>(oneshot::Receiver<T>);

impl<T> Future for Child<T> {
    type Output = Result<T, ChildError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|value| value.map_err(|_| ChildError(())))
    }
}

/// A child was dropped before it gave a value: it panicked, or the attempt that
/// it belonged to is over.
///
/// Whoever awaits a child inside of its run hardly sees it, since the attempt
/// ends with the child's panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildError(());

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the child was dropped before its end: it panicked, or its run is over")
    }
}

impl Error for ChildError {}

/// The children of an attempt that live, for its cell.
#[derive(Default)]
pub(super) struct Children {
    /// None while a child is on its way to the runtime.
    living: HashMap<u64, Option<AbortHandle>>,
    next: u64,
    /// Whoever waits for the last of them to end.
    waker: Option<Waker>,
    /// The first panic that nobody awaits.
    panic: Option<Box<dyn Any + Send>>,
}

/// Makes a future a child of an attempt, unless that is over.
pub(super) fn spawn<F>(cell: &Arc<RunCell>, attempt: u32, child: F) -> Child<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let number = cell.with_children(attempt, |children| {
        let number = children.next;
        children.next += 1;
        children.living.insert(number, None);
        number
    });
    // Without a number it is dropped here, and its sender with it.
    if let Some(number) = number {
        let child = Box::pin(async move {
            // Nobody may want the value.
            drop(sender.send(child.await));
        });
        match cell.host() {
            Some(host) => cell.child_is_spawned(number, host.spawn_child(cell, number, child)),
            // The run is over, and has given up its children.
            None => cell.child_ended(number),
        }
    }
    Child(receiver)
}

impl Children {
    pub(super) fn reopen(&mut self) {
        self.waker = None;
        self.panic = None;
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.living.len()).unwrap_or(u32::MAX)
    }

    /// Keeps the means to end a child, and returns it, for if that is due
    /// already. Nothing, if the child is over.
    pub(super) fn is_spawned(&mut self, number: u64, handle: AbortHandle) -> Option<AbortHandle> {
        *self.living.get_mut(&number)? = Some(handle.clone());
        Some(handle)
    }

    /// Takes note of the end of a child. Returns whom to tell of the last one's.
    pub(super) fn ended(&mut self, number: u64) -> Option<Waker> {
        self.living.remove(&number);
        if self.living.is_empty() { self.waker.take() } else { None }
    }

    /// Returns whether none is left; else the waker is told when none is.
    pub(super) fn are_over(&mut self, waker: &Waker) -> bool {
        if !self.living.is_empty() {
            self.waker = Some(waker.clone());
        }
        self.living.is_empty()
    }

    /// Returns the means to end those that live.
    pub(super) fn handles(&self) -> Vec<AbortHandle> {
        self.living.values().flatten().cloned().collect()
    }

    /// Keeps the first panic. Returns any other.
    pub(super) fn panicked(&mut self, panic: Box<dyn Any + Send>) -> Option<Box<dyn Any + Send>> {
        match self.panic {
            Some(_) => Some(panic),
            None => {
                self.panic = Some(panic);
                None
            }
        }
    }

    pub(super) fn take_panic(&mut self) -> Option<Box<dyn Any + Send>> {
        self.panic.take()
    }
}
