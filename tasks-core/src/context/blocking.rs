//! Closures on Tokio's blocking pool, and how a run waits for them.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use super::cell::RunCell;

/// Runs a closure on Tokio's blocking pool for a run. The run is not over until
/// the closure is, even if the future returned here is dropped; a closure that
/// has not begun by then never does.
pub(crate) async fn run_blocking<T: Send + 'static>(
    cell: Arc<RunCell>,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let job = Arc::new(Job::new(cell));
    let mut work = OnThread { job: Arc::clone(&job), work: Some(work) };
    let thread = tokio::task::spawn_blocking(move || work.run());
    match (Waiting { job, thread }).await {
        Ok(Some(Ok(value))) => value,
        Ok(Some(Err(panic))) => resume_unwind(panic),
        // The pool refuses work only while the runtime shuts down, when nobody
        // waits for the value any more.
        Ok(None) | Err(_) => std::future::pending().await,
    }
}

/// One closure, counted among the run's threads from before it is queued until
/// it is over or can no longer begin.
struct Job {
    cell: Arc<RunCell>,
    stage: AtomicU8,
}

const QUEUED: u8 = 0;
const BEGUN: u8 = 1;
const OVER: u8 = 2;

impl Job {
    fn new(cell: Arc<RunCell>) -> Self {
        cell.threads.fetch_add(1, Ordering::AcqRel);
        Self { cell, stage: AtomicU8::new(QUEUED) }
    }

    fn goes_from(&self, from: u8, to: u8) -> bool {
        let moved = self.stage.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if moved && to == OVER {
            self.cell.threads.fetch_sub(1, Ordering::AcqRel);
            self.cell.wake();
        }
        moved
    }
}

/// The closure's side, on the thread.
struct OnThread<F> {
    job: Arc<Job>,
    work: Option<F>,
}

impl<F> OnThread<F> {
    fn run<T>(&mut self) -> Option<std::thread::Result<T>>
    where
        F: FnOnce() -> T,
    {
        if !self.job.goes_from(QUEUED, BEGUN) {
            return None;
        }
        let (cell, mut value) = (&self.job.cell, None);
        let end = catch_unwind(AssertUnwindSafe(|| {
            cell.host().on_thread(cell, &mut || value = self.work.take().map(|work| work()));
        }));
        self.job.goes_from(BEGUN, OVER);
        match end {
            Ok(()) => value.map(Ok),
            Err(panic) => Some(Err(panic)),
        }
    }
}

impl<F> Drop for OnThread<F> {
    fn drop(&mut self) {
        // The runtime was shut down before it began.
        self.job.goes_from(QUEUED, OVER);
    }
}

/// The body's side, waiting.
struct Waiting<T> {
    job: Arc<Job>,
    thread: tokio::task::JoinHandle<T>,
}

impl<T> Future for Waiting<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.thread).poll(cx)
    }
}

impl<T> Drop for Waiting<T> {
    fn drop(&mut self) {
        // A full pool would keep it queued for ever; it counts as gone at once.
        if self.job.goes_from(QUEUED, OVER) {
            self.thread.abort();
        }
    }
}
