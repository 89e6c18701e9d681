//! The runtime's side of runs without bodies, where the engine is played
//! without a shell: nobody.

use std::{
    any::Any,
    sync::{Arc, Weak},
};

use tasks_core::{
    __private::{ChildFuture, Host, RunCell},
    States,
};
use tokio::{task::AbortHandle, time::Instant};

/// A host that no run ever finds.
pub(crate) fn no_host() -> Weak<dyn Host> {
    Weak::<NoHost>::new()
}

enum NoHost {}

impl Host for NoHost {
    fn ready(&self, _: &Arc<RunCell>) {
        match *self {}
    }

    fn previous_success(&self, _: &RunCell) -> Option<jiff::Timestamp> {
        match *self {}
    }

    fn states(&self) -> Arc<States> {
        match *self {}
    }

    fn tie(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        match *self {}
    }

    fn instant(&self, _: u64) -> Instant {
        match *self {}
    }

    fn body_returned(&self, _: &RunCell) {
        match *self {}
    }

    fn spawn_child(&self, _: &Arc<RunCell>, _: u64, _: ChildFuture) -> AbortHandle {
        match *self {}
    }

    fn panicked(&self, _: &RunCell, _: Box<dyn Any + Send>) {
        match *self {}
    }

    fn on_thread(&self, _: &RunCell, _: Option<Arc<dyn Any + Send + Sync>>, _: &mut dyn FnMut()) {
        match *self {}
    }
}
