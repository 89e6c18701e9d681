//! Closures on Tokio's blocking pool, and how a run waits for them.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
};

use super::cell::RunCell;

/// What a closure is to its run.
pub(crate) enum Part {
    /// The whole body: a plain `fn`.
    Body,
    /// A piece of the body's work.
    Piece,
}

/// Runs a closure on Tokio's blocking pool for a run. The run is not over until
/// the closure is, even if the future returned here is dropped; a closure that
/// has not begun by then never does.
pub(crate) async fn run_blocking<T: Send + 'static>(
    cell: Arc<RunCell>,
    part: Part,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let tie = match part {
        Part::Body => cell.attachment(),
        Part::Piece => cell.host().and_then(|host| host.tie()),
    };
    let job = Arc::new(Job::new(cell, part));
    let mut work = OnThread { job: Arc::clone(&job), tie, work: Some(work) };
    let thread = tokio::task::spawn_blocking(move || work.run());
    let mut waiting = Waiting { job, thread };
    match (&mut waiting).await {
        Ok(Some(value)) => value,
        // The pool refuses work only while the runtime shuts down, when nobody
        // waits for the value any more.
        Ok(None) | Err(_) => {
            let panic = waiting.job.end().panic.take();
            if let Some(panic) = panic {
                resume_unwind(panic);
            }
            std::future::pending().await
        }
    }
}

/// One closure, counted among the run's threads from before it is queued until
/// it is over or can no longer begin.
struct Job {
    cell: Arc<RunCell>,
    part: Part,
    stage: AtomicU8,
    end: Mutex<End>,
}

/// What is left of a closure that panicked, until somebody hears of it.
#[derive(Default)]
struct End {
    panic: Option<Box<dyn Any + Send>>,
    /// Nobody awaits the closure any more.
    unheard: bool,
}

const QUEUED: u8 = 0;
const BEGUN: u8 = 1;
const OVER: u8 = 2;

impl Job {
    fn new(cell: Arc<RunCell>, part: Part) -> Self {
        cell.thread_begins();
        Self { cell, part, stage: AtomicU8::new(QUEUED), end: Mutex::default() }
    }

    fn end(&self) -> MutexGuard<'_, End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the run of a panic that nobody awaits. What becomes of a body that
    /// nobody awaits was decided when it was dropped.
    fn tell_unheard(&self) {
        let panic = {
            let mut end = self.end();
            if end.unheard { end.panic.take() } else { None }
        };
        match (panic, &self.part) {
            (Some(panic), Part::Piece) => match self.cell.host() {
                Some(host) => host.panicked(&self.cell, panic),
                None => drop(panic),
            },
            (panic, _) => drop(panic),
        }
    }

    fn goes_from(&self, from: u8, to: u8) -> bool {
        let moved = self.stage.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if moved && to == OVER {
            self.cell.thread_ends();
        }
        moved
    }
}

/// The closure's side, on the thread.
struct OnThread<F> {
    job: Arc<Job>,
    tie: Option<Arc<dyn Any + Send + Sync>>,
    work: Option<F>,
}

impl<F> OnThread<F> {
    /// Returns nothing if it panicked, or came too late.
    fn run<T>(&mut self) -> Option<T>
    where
        F: FnOnce() -> T,
    {
        if !self.job.goes_from(QUEUED, BEGUN) {
            return None;
        }
        let (cell, mut value) = (&self.job.cell, None);
        let (tie, host) = (self.tie.take(), cell.host());
        let end = catch_unwind(AssertUnwindSafe(|| {
            let mut work = || value = self.work.take().map(|work| work());
            match &host {
                Some(host) => host.on_thread(cell, tie, &mut work),
                // By a context that outlived its run.
                None => work(),
            }
        }));
        if let (Part::Body, Some(host)) = (&self.job.part, host) {
            host.body_returned(cell);
        }
        if let Err(panic) = end {
            self.job.end().panic = Some(panic);
            self.job.tell_unheard();
        }
        self.job.goes_from(BEGUN, OVER);
        value
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
        self.job.end().unheard = true;
        self.job.tell_unheard();
        // A full pool would keep it queued for ever; it counts as gone at once.
        if self.job.goes_from(QUEUED, OVER) {
            self.thread.abort();
        }
    }
}
