//! Waiting until a run is asked to stop.
//!
//! Most bodies wait for that where their run itself is polled. The run is woken
//! then anyway, so such a body needs no token: it is enough that it looks again.
//! One that waits elsewhere, in a child or behind a waker of its own, waits for
//! the token as anybody would.

use std::{
    cell::Cell,
    fmt,
    future::Future,
    pin::Pin,
    ptr,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio_util::sync::WaitForCancellationFutureOwned;

use super::RunCell;

/// A future that is over once an attempt is asked to stop: see
/// [`Context::cancelled`](super::Context::cancelled).
///
/// # Cancel safety
///
/// Cancel safe: nothing is lost when it is dropped.
#[must_use = "it waits only if it is awaited"]
pub struct Cancelled(Wait);

/// Bodies that wait are many, so this is two words.
enum Wait {
    /// To be woken with the run, in this attempt.
    WithRun(Arc<RunCell>, u32),
    /// The run's own waker is not the one to tell.
    ByToken(Pin<Box<WaitForCancellationFutureOwned>>),
}

impl Cancelled {
    pub(super) fn new(cell: Arc<RunCell>, attempt: u32) -> Self {
        Self(Wait::WithRun(cell, attempt))
    }
}

impl Future for Cancelled {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Wait::WithRun(cell, attempt) = &self.0 {
            let is_own = Polled::now() == Polled::by(cell, cx.waker());
            if is_own && cell.wakes_when_cancelled(*attempt) {
                return Poll::Pending;
            }
            if cell.is_cancelled(*attempt) {
                return Poll::Ready(());
            }
            let wait = cell.token(*attempt).cancelled_owned();
            self.0 = Wait::ByToken(Box::pin(wait));
        }
        match &mut self.0 {
            Wait::ByToken(wait) => wait.as_mut().poll(cx),
            Wait::WithRun(..) => unreachable!("it was replaced above"),
        }
    }
}

impl fmt::Debug for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancelled").finish_non_exhaustive()
    }
}

/// Whose body a thread is polling, and for whom. Places in memory: they are
/// compared while both live, and never followed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Polled {
    cell: usize,
    waker: (usize, usize),
}

thread_local! {
    static POLLED: Cell<Polled> = const { Cell::new(Polled { cell: 0, waker: (0, 0) }) };
}

impl Polled {
    fn by(cell: &RunCell, waker: &Waker) -> Self {
        // What `Waker::will_wake` compares.
        let waker = (waker.data().addr(), ptr::from_ref(waker.vtable()).addr());
        Self { cell: ptr::from_ref(cell).addr(), waker }
    }

    /// The innermost of them, if polls are nested.
    fn now() -> Self {
        POLLED.get()
    }
}

/// Brings back whose body was polled before.
struct Restore(Polled);

impl Drop for Restore {
    fn drop(&mut self) {
        POLLED.set(self.0);
    }
}

impl RunCell {
    /// Polls an attempt of the run on behalf of this waker, which is the one that
    /// [`set_waker`](Self::set_waker) is told before the run sleeps, or one that
    /// is not relied on: then it is polled again without being woken. Around all
    /// of it: what stands between may have wakers of its own for its parts.
    pub fn poll_body<R>(&self, waker: &Waker, poll: impl FnOnce() -> R) -> R {
        let _restore = Restore(POLLED.replace(Polled::by(self, waker)));
        poll()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Weak,
            atomic::{AtomicU32, Ordering},
        },
        task::Wake,
    };

    use tokio_util::sync::CancellationToken;

    use super::{
        super::{Context as RunContext, Owner, RunFacts, RunId},
        *,
    };
    use crate::outcome::Trigger;

    struct NoHost;

    impl super::super::Host for NoHost {
        fn ready(&self, _: &Arc<RunCell>) {}

        fn previous_success(&self, _: &RunCell) -> Option<jiff::Timestamp> {
            None
        }

        fn states(&self) -> Arc<crate::States> {
            unreachable!("nobody asks for it")
        }

        fn tie(&self) -> Option<Arc<dyn std::any::Any + Send + Sync>> {
            None
        }

        fn instant(&self, _: u64) -> tokio::time::Instant {
            unreachable!("nobody asks for it")
        }

        fn on_thread(
            &self,
            _: &RunCell,
            _: Option<Arc<dyn std::any::Any + Send + Sync>>,
            _: &mut dyn FnMut(),
        ) {
        }

        fn body_returned(&self, _: &RunCell) {}

        fn spawn_child(
            &self,
            _: &Arc<RunCell>,
            _: u64,
            _: super::super::ChildFuture,
        ) -> tokio::task::AbortHandle {
            unreachable!("nobody has children")
        }

        fn panicked(&self, _: &RunCell, _: Box<dyn std::any::Any + Send>) {}
    }

    #[derive(Default)]
    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Count {
        fn taken(&self) -> u32 {
            self.0.swap(0, Ordering::SeqCst)
        }
    }

    /// A run in its first attempt, and whoever polls it.
    struct Run {
        cx: RunContext,
        woken: Arc<Count>,
        waker: Waker,
    }

    fn run() -> Run {
        let owner = Arc::new(Owner::new("waits".into(), Weak::<NoHost>::new()));
        let facts = RunFacts { id: RunId::new(1), owner, trigger: Trigger::Spawn, scheduled_at: None };
        let cell = Arc::new(RunCell::new(facts));
        cell.begin_attempt(1, false);
        let woken = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&woken));
        cell.set_waker(&waker);
        Run { cx: RunContext::__new(cell, 1, None), woken, waker }
    }

    impl Run {
        /// Polls it as a part of the body.
        fn poll(&self, cancelled: &mut Cancelled) -> Poll<()> {
            self.cx.__cell().poll_body(&self.waker, || poll_for(cancelled, &self.waker))
        }
    }

    fn poll_for(cancelled: &mut Cancelled, waker: &Waker) -> Poll<()> {
        Pin::new(cancelled).poll(&mut Context::from_waker(waker))
    }

    #[test]
    fn what_waits_in_the_body_is_woken_with_its_run_and_needs_no_token() {
        let run = run();
        let mut cancelled = run.cx.cancelled();
        assert!(run.poll(&mut cancelled).is_pending());
        assert!(matches!(cancelled.0, Wait::WithRun(..)));
        run.cx.__cell().cancel_and_wake();
        assert_eq!(run.woken.taken(), 1);
        assert!(run.poll(&mut cancelled).is_ready());
        assert!(run.poll(&mut run.cx.cancelled()).is_ready(), "and whoever asks later knows at once");
    }

    #[test]
    fn what_waits_behind_another_waker_is_woken_itself() {
        let run = run();
        let elsewhere = Arc::new(Count::default());
        let other = Waker::from(Arc::clone(&elsewhere));
        let (mut inside, mut outside) = (run.cx.cancelled(), run.cx.cancelled());
        // A combinator in the body that has a waker for each of its parts, and
        // a task of its own.
        let polled = run.cx.__cell().poll_body(&run.waker, || poll_for(&mut inside, &other));
        assert!(polled.is_pending() && poll_for(&mut outside, &other).is_pending());
        run.cx.__cell().cancel();
        assert_eq!(elsewhere.taken(), 2);
        assert!(poll_for(&mut inside, &other).is_ready() && poll_for(&mut outside, &other).is_ready());
    }

    #[test]
    fn a_future_that_is_taken_out_of_the_body_is_woken_where_it_is_polled_last() {
        let run = run();
        let elsewhere = Arc::new(Count::default());
        let other = Waker::from(Arc::clone(&elsewhere));
        let mut cancelled = run.cx.cancelled();
        assert!(run.poll(&mut cancelled).is_pending());
        assert!(poll_for(&mut cancelled, &other).is_pending());
        run.cx.__cell().cancel();
        assert_eq!(elsewhere.taken(), 1);
        assert!(poll_for(&mut cancelled, &other).is_ready());
    }

    #[test]
    fn the_body_of_another_run_is_woken_itself() {
        let (one, other) = (run(), run());
        let mut cancelled = one.cx.cancelled();
        assert!(other.poll(&mut cancelled).is_pending());
        one.cx.__cell().cancel();
        assert_eq!(other.woken.taken(), 1);
        assert!(other.poll(&mut cancelled).is_ready());
    }

    #[test]
    fn an_outer_body_is_back_after_a_nested_one() {
        let (outer, inner) = (run(), run());
        let (mut first, mut second) = (inner.cx.cancelled(), outer.cx.cancelled());
        outer.cx.__cell().poll_body(&outer.waker, || {
            assert!(inner.poll(&mut first).is_pending());
            assert!(poll_for(&mut second, &outer.waker).is_pending());
        });
        assert!(matches!((first.0, second.0), (Wait::WithRun(..), Wait::WithRun(..))));
    }

    #[test]
    fn a_token_that_is_cancelled_from_outside_tells_the_body_that_waited_before_it_was_made() {
        let run = run();
        let mut cancelled = run.cx.cancelled();
        assert!(run.poll(&mut cancelled).is_pending());
        let token: CancellationToken = run.cx.token();
        assert_eq!(run.woken.taken(), 1, "it has to look at the token from here on");
        assert!(run.poll(&mut cancelled).is_pending());
        token.cancel();
        assert_eq!(run.woken.taken(), 1);
        assert!(run.poll(&mut cancelled).is_ready());
        assert!(!run.cx.is_cancelled(), "the body alone is told");
    }

    #[test]
    fn an_attempt_that_is_over_is_cancelled_for_whoever_kept_it() {
        let run = run();
        let mut cancelled = run.cx.cancelled();
        assert!(run.poll(&mut cancelled).is_pending());
        run.cx.__cell().begin_attempt(2, false);
        assert!(run.poll(&mut cancelled).is_ready());
    }
}
