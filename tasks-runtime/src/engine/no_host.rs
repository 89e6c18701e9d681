//! A host for runs without bodies, where the engine is played without a shell.

use std::{any::Any, sync::Arc};

use tasks_core::{
    __private::{ChildFuture, Host, RunCell},
    States,
};
use tokio::task::AbortHandle;

#[derive(Debug)]
pub(crate) struct NoHost;

impl Host for NoHost {
    fn ready(&self, _: &Arc<RunCell>) {}

    fn previous_success(&self, _: &RunCell) -> Option<jiff::Timestamp> {
        None
    }

    fn states(&self) -> Arc<States> {
        Arc::default()
    }

    fn tie(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        None
    }

    fn body_returned(&self, _: &RunCell) {}

    fn spawn_child(&self, _: &Arc<RunCell>, _: u64, _: ChildFuture) -> AbortHandle {
        unreachable!("no body runs here")
    }

    fn panicked(&self, _: &RunCell, _: Box<dyn Any + Send>) {}

    fn on_thread(&self, _: &RunCell, _: Option<Arc<dyn Any + Send + Sync>>, work: &mut dyn FnMut()) {
        work();
    }
}
