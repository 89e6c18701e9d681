//! The Tokio task of a child, a future that a body gave to `cx.spawn`.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tasks_core::__private::{ChildFuture, RunCell};
use tracing::Span;

use crate::{panic::PanicInfo, probe::Alive, shell::Shared};

/// A child under way. It is stamped as its run, and its panics are kept for
/// the attempt, that of its `Drop` included.
pub(crate) struct ChildTask {
    shared: Arc<Shared>,
    cell: Arc<RunCell>,
    number: u64,
    span: Span,
    future: Option<ChildFuture>,
    _alive: Alive,
}

impl ChildTask {
    pub(crate) fn new(shared: Arc<Shared>, cell: Arc<RunCell>, number: u64, future: ChildFuture) -> Self {
        // A subscriber is foreign code; its panic costs the span, not the run.
        let span = catch_unwind(Span::current).unwrap_or_else(|_| Span::none());
        let alive = shared.probe().alive();
        Self { shared, cell, number, span, future: Some(future), _alive: alive }
    }

    /// Drops the future, and says that the child is over.
    fn end(&mut self, panic: Option<PanicInfo>) {
        let Some(future) = self.future.take() else { return };
        let dropped = self.shared.in_poll(&self.cell, || drop(future)).err();
        // The first panic is the cause.
        if let Some(panic) = panic.or(dropped) {
            self.shared.child_panicked(&self.cell, panic);
        }
        self.shared.child_ended(&self.cell, self.number);
    }
}

impl Future for ChildTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let span = this.span.clone();
        let _entered = span.enter();
        let Some(future) = &mut this.future else { return Poll::Ready(()) };
        match this.shared.in_poll(&this.cell, || future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(())) => this.end(None),
            Err(panic) => this.end(Some(panic)),
        }
        Poll::Ready(())
    }
}

impl Drop for ChildTask {
    /// Its attempt ended first, or the Tokio runtime was shut down.
    fn drop(&mut self) {
        let span = self.span.clone();
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let _entered = span.enter();
            self.end(None);
        }));
        // Nothing, unless a subscriber panicked before it came to that.
        self.end(None);
    }
}
