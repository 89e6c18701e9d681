//! Failures made to order.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::Arc,
    time::Duration,
};

use tasks_core::{BoxError, Context, Failure, TaskFuture};
use tasks_schedule::name::fold;

use crate::plan::Planned;

/// What an attempt does in place of, or before, the function's own body.
///
/// Given to [`Kit::inject`](super::Kit::inject). The engine does not know the
/// difference: retries, limits, restarts, `essential` and the log are the real
/// ones. A plain `fn` whose body does not run takes no thread.
#[derive(Clone)]
pub struct Fault(Kind);

#[derive(Clone)]
enum Kind {
    Fail(Arc<dyn Fn() -> BoxError + Send + Sync>),
    Panic(Arc<str>),
    Hang,
    Take(Duration),
}

impl Fault {
    /// Fails with this error text. A failure of this kind is retried.
    pub fn fail(error: impl Into<String>) -> Self {
        let error = error.into();
        Self::fail_with(move || error.clone())
    }

    /// Fails with an error that is made for each attempt, such as a
    /// [`Fatal`](crate::Fatal) or a [`RetryAfter`](crate::RetryAfter).
    ///
    /// `retry(on = …)` is not asked about it: that takes the function's own
    /// error type.
    pub fn fail_with<E: Into<BoxError>>(error: impl Fn() -> E + Send + Sync + 'static) -> Self {
        Self(Kind::Fail(Arc::new(move || error().into())))
    }

    /// Panics with this message.
    pub fn panic(message: impl Into<String>) -> Self {
        Self(Kind::Panic(message.into().into()))
    }

    /// Never comes to an end and does not listen: its limit, a cancel or the
    /// end of the drain has to end it.
    pub fn hang() -> Self {
        Self(Kind::Hang)
    }

    /// Takes this long before the function's own body begins.
    pub fn take(time: Duration) -> Self {
        Self(Kind::Take(time))
    }

    pub(crate) fn in_place_of(self, task: &Arc<Planned>, cx: Context) -> TaskFuture {
        let task = Arc::clone(task);
        match self.0 {
            Kind::Fail(error) => Box::pin(async move { Err(Failure::new(error())) }),
            Kind::Panic(message) => Box::pin(async move { panic!("{message}") }),
            Kind::Hang => Box::pin(async move {
                let _kept = cx;
                std::future::pending().await
            }),
            Kind::Take(time) => Box::pin(async move {
                tokio::time::sleep(time).await;
                task.task().run(cx).await
            }),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Fail(_) => f.write_str("fail"),
            Kind::Panic(_) => f.write_str("panic"),
            Kind::Hang => f.write_str("hang"),
            Kind::Take(time) => write!(f, "take {}", tasks_schedule::format_duration(*time)),
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({self})")
    }
}

/// The faults that are still to come, by the folded name of the task.
#[derive(Debug, Default)]
pub(super) struct Faults(BTreeMap<String, VecDeque<(Option<u32>, Fault)>>);

impl Faults {
    /// Adds to what the next attempts do; `None` for all that follow.
    pub(super) fn add(&mut self, task: &str, attempts: Option<u32>, fault: Fault) {
        if attempts != Some(0) {
            self.0.entry(fold(task)).or_default().push_back((attempts, fault));
        }
    }

    pub(super) fn heal(&mut self, task: &str) {
        self.0.remove(&fold(task));
    }

    pub(super) fn next(&mut self, task: &str) -> Option<Fault> {
        if self.0.is_empty() {
            return None;
        }
        let queue = self.0.get_mut(&fold(task))?;
        let (left, fault) = queue.front_mut()?;
        let fault = fault.clone();
        if let Some(left) = left {
            *left -= 1;
            if *left == 0 {
                queue.pop_front();
            }
        }
        Some(fault)
    }

    /// What was ordered for a number of attempts that did not all come.
    pub(super) fn left(&self) -> Vec<String> {
        let queued = self.0.iter().flat_map(|(task, queue)| queue.iter().map(move |of| (task, of)));
        queued
            .filter_map(|(task, (left, fault))| {
                let left = (*left)?;
                let attempts = if left == 1 { "attempt" } else { "attempts" };
                Some(format!("{left} {attempts} of `{task}` that were to {fault} never came"))
            })
            .collect()
    }
}
