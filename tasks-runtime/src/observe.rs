//! Who is told of events: the log first, then the application's observers,
//! then whoever subscribed.

mod subscribers;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tracing::level_filters::LevelFilter;

use self::subscribers::Subscribers;
pub use self::subscribers::{Events, Missed};
use crate::{
    event::Event,
    log,
    panic::{EarlierHook, catch},
};

/// Is told every event of a program: the trait behind log, metrics and history.
///
/// Give it to [`Builder::observe`](crate::Builder::observe). A closure
/// `|event: &Event| …` is an observer too, and so is an `Arc` of one.
///
/// **Where it is called.** On the thread on which the event came about: a
/// worker of Tokio, the thread of a plain function, the thread that calls a
/// [`Handle`](crate::Handle), and during a shutdown a thread of the framework.
/// Several threads may call it at once. No lock is held meanwhile, so it may use
/// a `Handle` itself.
///
/// **It must not block.** What it does takes its time from the task beside it.
/// Whatever takes longer than a counter or a send belongs behind a channel, or
/// into a reader of [`Handle::subscribe`](crate::Handle::subscribe).
///
/// **What it is told.** Everything, each firing that was skipped too: nothing is
/// held back as it is in the log.
///
/// **In which order.** The events of one run come in their order: `run_started`,
/// each `attempt_failed` and `retry_scheduled`, and `run_ended`, which comes
/// once for each run, whether it started or not, and after which nothing comes.
/// `ready` comes before any event of a run, and `shutdown_ended` is the last of
/// all. Only of a run whose thread does not come back something may be told in the
/// moment in which it does after all, or is given up: a `stuck` just after its
/// `run_ended`. Events of different runs have no order but that of their
/// [`at`](Event::at).
///
/// # Panics
///
/// A panic in here is caught. The observer is told of further events as
/// before; its first panic is a warning in the log, the others are not logged.
///
/// # Examples
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
///
/// use tasks_runtime::{Event, EventKind, Observer};
///
/// #[derive(Default)]
/// struct Failures(AtomicU64);
///
/// impl Observer for Failures {
///     fn observe(&self, event: &Event) {
///         if let EventKind::RunEnded { result, .. } = &event.kind
///             && result.outcome.is_failure()
///         {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let failures = Arc::new(Failures::default());
/// let builder = tasks_runtime::builder()
///     .observe(Arc::clone(&failures))
///     .observe(|event: &Event| eprintln!("{}", event.name()));
/// # drop(builder);
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Is told of one event.
    fn observe(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> Observer for F {
    fn observe(&self, event: &Event) {
        self(event);
    }
}

impl<T: Observer + ?Sized> Observer for Arc<T> {
    fn observe(&self, event: &Event) {
        (**self).observe(event);
    }
}

/// Everybody who is told of events.
#[derive(Default)]
pub(crate) struct Observers {
    log: log::Emitter,
    others: Vec<Other>,
    subscribers: Arc<Subscribers>,
}

/// An observer of the application's: foreign code.
struct Other {
    observer: Box<dyn Observer>,
    type_name: &'static str,
    has_panicked: AtomicBool,
}

impl Observers {
    pub(crate) fn add<O: Observer>(&mut self, observer: O) {
        self.others.push(Other {
            observer: Box::new(observer),
            type_name: std::any::type_name::<O>(),
            has_panicked: AtomicBool::new(false),
        });
    }

    /// Whether anybody would hear of an event. What nobody hears of need not be
    /// put together.
    pub(crate) fn is_anybody(&self) -> bool {
        LevelFilter::current() != LevelFilter::OFF || !self.others.is_empty() || self.subscribers.is_anybody()
    }

    /// Tells everybody. Nobody's panic reaches the others, or the caller.
    pub(crate) fn tell(&self, event: Event, earlier_hook: EarlierHook) {
        // A subscriber of `tracing` has nobody to be told to if it panics.
        let _ = catch_unwind(AssertUnwindSafe(|| self.log.observe(&event)));
        for other in &self.others {
            other.tell(&event, earlier_hook);
        }
        self.subscribers.tell(event);
    }

    /// A task that was added has left: no further event is about it.
    pub(crate) fn task_left(&self, task: &str) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.log.task_left(task)));
    }

    pub(crate) fn subscribers(&self) -> &Arc<Subscribers> {
        &self.subscribers
    }
}

impl Drop for Observers {
    fn drop(&mut self) {
        self.subscribers.close();
    }
}

impl Other {
    fn tell(&self, event: &Event, earlier_hook: EarlierHook) {
        let Err(panic) = catch(earlier_hook, || self.observer.observe(event)) else { return };
        if self.has_panicked.swap(true, Ordering::Relaxed) {
            return;
        }
        let _ = catch_unwind(AssertUnwindSafe(|| {
            tracing::warn!(
                target: "tasks",
                parent: None,
                event = "observer_panicked",
                observer = self.type_name,
                error = %panic,
                "an observer panicked; its further panics are not logged",
            );
        }));
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.others.iter().map(|other| other.type_name)).finish()
    }
}

#[cfg(test)]
mod tests;
