//! The task that sleeps from one moment of the engine to the next.

use std::{
    future::Future,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::time::{timeout, timeout_at};

use super::Shared;
use crate::{clock::Mono, event::StopCause, pullers};

impl Shared {
    /// Looks at the clock. Returns when to look again.
    pub(crate) fn tick(&self) -> Mono {
        self.tick_at().0
    }

    /// The same. Returns at what moment it looked, too.
    fn tick_at(&self) -> (Mono, Mono) {
        self.with_soon(|core, now| {
            let wake = core.tick(now);
            self.armed.store(wake.0, Ordering::Relaxed);
            (wake, now.mono)
        })
    }

    /// Sleeps from one moment of the engine to the next, until all is over.
    pub(crate) fn keep_time(self: Arc<Self>) -> impl Future<Output = ()> + Send + 'static {
        // Made before the first poll, which may never come. It is dropped
        // before the end only when the Tokio runtime is.
        let alive = self.probe.alive();
        let runtime = StopOnDrop(self);
        async move {
            let _alive = alive;
            let shared = &runtime.0;
            while !shared.is_over() {
                let (wake, now) = shared.tick_at();
                if wake <= now {
                    // There was more due than is served at once.
                    shared.let_runs_begin().await;
                    continue;
                }
                let notified = shared.timer.notified();
                if wake == Mono::NEVER {
                    notified.await;
                } else {
                    // Either end leads to another look at the clock.
                    let _ = timeout_at(shared.clock.instant(wake), notified).await;
                }
            }
            shared.say_last_words_unless_awaited();
        }
    }

    /// Gives way to the runs that were started, and for a moment to all that
    /// wait for their first poll when those are many: they begin where they are
    /// due, and their memory can be used again. Bodies that hold every thread
    /// hold up no firing by more than that.
    async fn let_runs_begin(&self) {
        const MOMENT: Duration = Duration::from_millis(1);
        match self.pullers.is_behind() && !self.clock.is_virtual() {
            true => drop(timeout(MOMENT, self.pullers.caught_up()).await),
            false => pullers::give_way().await,
        }
    }
}

struct StopOnDrop(Arc<Shared>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if !self.0.is_over() {
            self.0.stop(StopCause::RuntimeDropped, None);
        }
    }
}
