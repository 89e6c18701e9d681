//! Where the test kit looks into a running program, and meddles with it.
//!
//! The program calls these few functions whether or not it is under test.
//! Without the feature `testing` there is nothing behind them, and in a
//! program that no kit runs one empty option.

use std::sync::Arc;

use tasks_core::{__private::Begun, Context};

use crate::plan::Planned;
#[cfg(feature = "testing")]
use crate::testing::Watcher;

/// The program's side of the test kit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probe {
    #[cfg(feature = "testing")]
    watcher: Option<Arc<Watcher>>,
}

/// A Tokio task of the framework that has not been dropped.
#[derive(Debug)]
pub(crate) struct Alive {
    #[cfg(feature = "testing")]
    watcher: Option<Arc<Watcher>>,
}

#[cfg(feature = "testing")]
impl Probe {
    pub(crate) fn new(watcher: Arc<Watcher>) -> Self {
        Self { watcher: Some(watcher) }
    }

    /// A closure of a run begins on a thread of the blocking pool.
    pub(crate) fn on_thread(&self) {
        if let Some(watcher) = &self.watcher {
            watcher.on_thread();
        }
    }

    pub(crate) fn alive(&self) -> Alive {
        if let Some(watcher) = &self.watcher {
            watcher.began();
        }
        Alive { watcher: self.watcher.clone() }
    }

    /// Begins an attempt: the function's own body, or what a test put in its place.
    pub(crate) fn begin(&self, task: &Arc<Planned>, cx: Context) -> Begun {
        match self.watcher.as_ref().and_then(|watcher| watcher.fault_of(&task.name)) {
            Some(fault) => Begun::Future(fault.in_place_of(task, cx)),
            None => task.task().__begin(cx),
        }
    }
}

#[cfg(feature = "testing")]
impl Drop for Alive {
    fn drop(&mut self) {
        if let Some(watcher) = &self.watcher {
            watcher.gone();
        }
    }
}

#[cfg(not(feature = "testing"))]
#[expect(clippy::unused_self, reason = "the same calls with and without the test kit")]
impl Probe {
    pub(crate) fn on_thread(&self) {}

    pub(crate) fn alive(&self) -> Alive {
        Alive {}
    }

    pub(crate) fn begin(&self, task: &Arc<Planned>, cx: Context) -> Begun {
        task.task().__begin(cx)
    }
}
