//! A body and its children: over when both are.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tasks_core::{__private::RunCell, Failure, TaskFuture};

/// The body of an attempt, which waits for its children if it ended well. One
/// that failed is over at once: whoever ends the attempt drops them.
pub(crate) struct Joined {
    body: TaskFuture,
    cell: Arc<RunCell>,
    /// The body ended well; only its children go on.
    ended_well: bool,
}

impl Joined {
    pub(crate) fn new(body: TaskFuture, cell: Arc<RunCell>) -> Self {
        Self { body, cell, ended_well: false }
    }
}

impl Future for Joined {
    type Output = Result<(), Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if !this.ended_well {
            match this.cell.poll_body(cx.waker(), || this.body.as_mut().poll(cx)) {
                Poll::Ready(Ok(())) => this.ended_well = true,
                unfinished => return unfinished,
            }
        }
        match this.cell.are_children_over(cx.waker()) {
            true => Poll::Ready(Ok(())),
            false => Poll::Pending,
        }
    }
}
