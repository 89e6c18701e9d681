//! Streams of events for readers that may be slow.
//!
//! Each subscriber has a ring of its own. Telling it is a push that never
//! waits: what does not fit takes the place of the oldest, which is counted.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use futures_core::Stream;

use crate::event::{Event, EventKind};

/// Events that are kept for one subscriber.
pub(crate) const KEPT: usize = 4096;

/// Everybody who subscribed and is still there.
#[derive(Debug, Default)]
pub(crate) struct Subscribers {
    /// Whether there is anybody, so that an event for nobody costs one load.
    is_anybody: AtomicBool,
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    rings: Vec<Arc<Ring>>,
    /// The last event was told.
    is_over: bool,
}

#[derive(Debug, Default)]
struct Ring(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Arc<Event>>,
    /// How many were dropped since the reader was last told.
    missed: u64,
    is_over: bool,
    waker: Option<Waker>,
}

impl Subscribers {
    fn list(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_anybody(&self) -> bool {
        self.is_anybody.load(Ordering::Acquire)
    }

    /// Tells everybody. It never waits for a reader.
    pub(super) fn tell(&self, event: Event) {
        if !self.is_anybody() {
            return;
        }
        let is_last = matches!(event.kind, EventKind::ShutdownEnded { .. });
        let event = Arc::new(event);
        let mut wakers = Vec::new();
        {
            let mut list = self.list();
            if list.is_over {
                return;
            }
            list.is_over = is_last;
            for ring in &list.rings {
                wakers.extend(ring.push(&event, is_last));
            }
        }
        wake(wakers);
    }

    /// Nothing will be told any more.
    pub(super) fn close(&self) {
        let wakers: Vec<_> = {
            let mut list = self.list();
            list.is_over = true;
            list.rings.iter().filter_map(|ring| ring.close()).collect()
        };
        wake(wakers);
    }

    pub(crate) fn subscribe(self: &Arc<Self>) -> Events {
        let ring = Arc::new(Ring::default());
        let mut list = self.list();
        ring.kept().is_over = list.is_over;
        list.rings.push(Arc::clone(&ring));
        self.is_anybody.store(true, Ordering::Release);
        drop(list);
        Events { subscribers: Arc::clone(self), ring }
    }
}

/// A waker is foreign code: the panic of one must not cost the others.
fn wake(wakers: Vec<Waker>) {
    for waker in wakers {
        let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
    }
}

impl Ring {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, event: &Arc<Event>, is_last: bool) -> Option<Waker> {
        let mut kept = self.kept();
        if kept.events.len() == KEPT {
            kept.events.pop_front();
            kept.missed += 1;
        }
        kept.events.push_back(Arc::clone(event));
        kept.is_over = is_last;
        kept.waker.take()
    }

    fn close(&self) -> Option<Waker> {
        let mut kept = self.kept();
        kept.is_over = true;
        kept.waker.take()
    }
}

impl Kept {
    fn next(&mut self) -> Poll<Option<Result<Arc<Event>, Missed>>> {
        if self.missed > 0 {
            return Poll::Ready(Some(Err(Missed { count: std::mem::take(&mut self.missed) })));
        }
        match self.events.pop_front() {
            Some(event) => Poll::Ready(Some(Ok(event))),
            None if self.is_over => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// The events of a program from now on, for a reader of its own.
///
/// [`Handle::subscribe`](crate::Handle::subscribe) makes it. Also a `Stream`.
/// The newest 4,096 events are kept for the reader; one that is slower misses
/// the oldest, and is told how many. It never makes a task wait.
///
/// The events of one run come in their order, as they do to an
/// [`Observer`](crate::Observer). After `shutdown_ended`, the last event of a
/// program, the stream ends; also when the program is gone without one.
#[must_use = "dropping it ends the subscription"]
pub struct Events {
    subscribers: Arc<Subscribers>,
    ring: Arc<Ring>,
}

impl Events {
    /// Waits for the next event; `None` once the program is over.
    ///
    /// # Errors
    ///
    /// [`Missed`] in the place of events that the reader was too slow for. The
    /// stream goes on after it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: an event that is not returned stays for the next call.
    pub async fn recv(&mut self) -> Option<Result<Arc<Event>, Missed>> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Arc<Event>, Missed>>> {
        let next = self.ring.kept().next();
        if next.is_ready() {
            return next;
        }
        // Cloning and dropping a waker is foreign code, so neither is done
        // under the lock; meanwhile an event may have come.
        let waker = cx.waker().clone();
        let mut kept = self.ring.kept();
        let next = kept.next();
        let unused = if next.is_ready() { Some(waker) } else { kept.waker.replace(waker) };
        drop(kept);
        drop(unused);
        next
    }
}

impl Stream for Events {
    type Item = Result<Arc<Event>, Missed>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_recv(cx)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let mut list = self.subscribers.list();
        list.rings.retain(|ring| !Arc::ptr_eq(ring, &self.ring));
        if list.rings.is_empty() {
            list.rings = Vec::new();
            self.subscribers.is_anybody.store(false, Ordering::Release);
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.ring.kept();
        f.debug_struct("Events")
            .field("waiting", &kept.events.len())
            .field("missed", &kept.missed)
            .field("is_over", &kept.is_over)
            .finish()
    }
}

/// A reader was too slow for so many events.
///
/// What it keeps of the program may be out of date: ask the
/// [`Handle`](crate::Handle) anew, which has the runs, the results and the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Missed {
    /// How many events were dropped, the oldest ones.
    pub count: u64,
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} event{plural} missed by a slow reader", self.count)
    }
}

impl std::error::Error for Missed {}

#[cfg(test)]
mod tests;
