//! Between the guard, which is first, and the engine, which is not there yet.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
    time::Instant,
};

use crate::{guard::Closer, shell::Shared};

/// Passes the guard's calls to the engine, which does not exist yet when the
/// handlers are installed.
#[derive(Debug, Default)]
pub(super) struct Relay {
    /// Weak, so that a program which is dropped before it started is gone.
    shared: OnceLock<Weak<Shared>>,
    early: Mutex<Option<(i32, Instant)>>,
}

impl Relay {
    pub(super) fn connect(&self, shared: &Arc<Shared>) {
        let early = {
            let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = self.shared.set(Arc::downgrade(shared));
            early.take()
        };
        if let Some((signal, t0)) = early {
            Closer::stop(&**shared, signal, t0);
        }
    }
}

impl Closer for Relay {
    fn stop(&self, signal: i32, t0: Instant) {
        let shared = {
            let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
            let shared = self.shared.get().map(Weak::upgrade);
            if shared.is_none() {
                *early = Some((signal, t0));
            }
            shared.flatten()
        };
        if let Some(shared) = shared {
            Closer::stop(&*shared, signal, t0);
        }
    }

    fn drain_over(&self) {
        if let Some(shared) = self.shared.get().and_then(Weak::upgrade) {
            shared.drain_over();
        }
    }

    fn abandon(&self) {
        if let Some(shared) = self.shared.get().and_then(Weak::upgrade) {
            shared.abandon();
        }
    }
}
