//! What the runs, and the guard, ask of the program around them.

use std::{
    any::Any,
    panic::catch_unwind,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use tasks_core::{
    __private::{ChildFuture, Host, RunCell},
    States,
};
use tokio::task::AbortHandle;

use super::Shared;
use crate::{
    clock::Mono,
    engine::Core,
    event::StopCause,
    guard::Closer,
    log,
    run::{ChildTask, Command},
};

impl Host for Shared {
    fn ready(&self, cell: &Arc<RunCell>) {
        self.with(|core, now| core.ready(cell.id(), now));
    }

    fn previous_success(&self, cell: &RunCell) -> Option<jiff::Timestamp> {
        self.with(|core, _| core.previous_success(cell.id()))
    }

    fn instant(&self, mono: u64) -> tokio::time::Instant {
        self.clock.instant(Mono(mono))
    }

    fn states(&self) -> Arc<States> {
        self.states_slot().clone().unwrap_or_default()
    }

    fn tie(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        // A subscriber is foreign code; its panic costs the span, not the run.
        let span = catch_unwind(tracing::Span::current).ok()?;
        if span.is_none() { None } else { Some(Arc::new(span)) }
    }

    fn body_returned(&self, cell: &RunCell) {
        cell.set_returned(self.clock.mono().0);
    }

    fn spawn_child(&self, cell: &Arc<RunCell>, number: u64, child: ChildFuture) -> AbortHandle {
        let shared = self.this.upgrade().expect("invariant: a body is run by a program that is there");
        self.tokio.spawn(ChildTask::new(shared, Arc::clone(cell), number, child)).abort_handle()
    }

    fn panicked(&self, cell: &RunCell, panic: Box<dyn Any + Send>) {
        cell.set_panic(panic);
        Command::Panicked.give(cell);
    }

    fn on_thread(&self, cell: &RunCell, tie: Option<Arc<dyn Any + Send + Sync>>, work: &mut dyn FnMut()) {
        self.probe.on_thread();
        let span = tie.and_then(|span| span.downcast::<tracing::Span>().ok());
        let _entered = span.as_ref().map(|span| span.enter());
        let end = self.in_poll(cell, work);
        // The caller catches the panic itself; this catch only notes its place.
        if let Err(panic) = end {
            std::panic::resume_unwind(Box::new(panic));
        }
    }
}

impl Closer for Shared {
    fn stop(&self, signal: i32, t0: Instant) {
        self.with(|core, now| {
            let t0 = self.clock.mono_of(t0.into());
            let budget = core.plan.budget;
            core.stop(StopCause::Signal(signal), t0, budget, now);
        });
    }

    fn drain_over(&self) {
        self.tick();
    }

    fn abandon(&self) {
        self.with(Core::abandon);
        self.say_last_words(self.tearing_down.load(Ordering::Acquire));
        log::flush(Duration::from_millis(100));
    }
}
