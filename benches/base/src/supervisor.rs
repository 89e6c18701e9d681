//! The reference: a token that ends one run and stands below that of the
//! program, a limit, a caught panic, a span, and the last results.

use std::{
    collections::VecDeque,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use futures_util::FutureExt as _;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument as _;

/// Results that are kept.
const KEPT: usize = 1024;

pub(crate) type BodyResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[derive(Debug)]
#[expect(dead_code, reason = "a history is kept to be read by somebody; no benchmark reads it")]
enum Ending {
    Success,
    Failed(String),
    Panicked,
    TimedOut,
}

#[derive(Debug)]
#[expect(dead_code, reason = "as above")]
struct Record {
    task: &'static str,
    started: SystemTime,
    took: Duration,
    ending: Ending,
}

/// Everything that the runs of a program share.
#[derive(Debug)]
pub(crate) struct Supervisor {
    pub(crate) root: CancellationToken,
    pub(crate) tracker: TaskTracker,
    history: Mutex<VecDeque<Record>>,
}

impl Supervisor {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            root: CancellationToken::new(),
            tracker: TaskTracker::new(),
            history: Mutex::new(VecDeque::with_capacity(KEPT)),
        })
    }

    /// Starts a run as a Tokio task of its own.
    pub(crate) fn spawn<F>(
        self: &Arc<Self>,
        task: &'static str,
        limit: Duration,
        body: impl FnOnce(CancellationToken) -> F + Send + 'static,
    ) where
        F: Future<Output = BodyResult> + Send + 'static,
    {
        let supervisor = Arc::clone(self);
        drop(self.tracker.spawn(async move { supervisor.run(task, limit, body).await }));
    }

    /// Runs a body to its end, whatever the end is.
    pub(crate) async fn run<F>(
        &self,
        task: &'static str,
        limit: Duration,
        body: impl FnOnce(CancellationToken) -> F,
    ) where
        F: Future<Output = BodyResult>,
    {
        let token = self.root.child_token();
        let (started, since) = (SystemTime::now(), Instant::now());
        let span = tracing::info_span!("task", task);
        let caught = AssertUnwindSafe(body(token.clone())).catch_unwind().instrument(span);
        let ending = match tokio::time::timeout(limit, caught).await {
            Ok(Ok(Ok(()))) => Ending::Success,
            Ok(Ok(Err(error))) => Ending::Failed(error.to_string()),
            Ok(Err(_)) => Ending::Panicked,
            Err(_) => {
                token.cancel();
                Ending::TimedOut
            }
        };
        self.keep(Record { task, started, took: since.elapsed(), ending });
    }

    fn keep(&self, record: Record) {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        if history.len() == KEPT {
            history.pop_front();
        }
        history.push_back(record);
    }

    /// Waits until every run has ended.
    pub(crate) async fn all_ended(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}
