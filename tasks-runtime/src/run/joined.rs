//! A body and its children: over when both are.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tasks_core::{
    __private::{Begun, Body, RunCell},
    Failure, TaskFuture,
};

/// The body of an attempt, which waits for its children if it ended well. One
/// that failed is over at once: whoever ends the attempt drops them.
///
/// Each form has all of it, which makes it a word smaller than a field that
/// tells them apart. `ended_well` means that only its children go on.
pub(crate) enum Joined {
    Future { future: TaskFuture, cell: Arc<RunCell>, ended_well: bool },
    Body { body: Pin<Box<dyn Body + Send>>, cell: Arc<RunCell>, ended_well: bool },
}

impl Joined {
    pub(crate) fn new(begun: Begun, cell: Arc<RunCell>) -> Self {
        match begun {
            Begun::Future(future) => Self::Future { future, cell, ended_well: false },
            Begun::Body(body) => Self::Body { body, cell, ended_well: false },
        }
    }
}

impl Future for Joined {
    type Output = Result<(), Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (polled, ended_well, cell) = match &mut *self {
            Self::Future { cell, ended_well, .. } | Self::Body { cell, ended_well, .. } if *ended_well => {
                (Poll::Ready(Ok(())), ended_well, cell)
            }
            Self::Future { future, cell, ended_well } => (future.as_mut().poll(cx), ended_well, cell),
            Self::Body { body, cell, ended_well } => (body.as_mut().poll_in(cx, cell), ended_well, cell),
        };
        match polled {
            Poll::Ready(Ok(())) => *ended_well = true,
            unfinished => return unfinished,
        }
        match cell.are_children_over(cx.waker()) {
            true => Poll::Ready(Ok(())),
            false => Poll::Pending,
        }
    }
}
