//! After the last task: the application's own teardown, inside the budget.

use std::sync::Arc;

use super::caught;
use crate::{
    builder::TearDown,
    engine::AFTER_ABANDON,
    panic::EarlierHook,
    report::{Report, Teardown},
    shell::Shared,
};

/// Runs the teardown, if there was a set-up, and drops the state.
pub(super) async fn tear_down_state<T: TearDown>(shared: &Arc<Shared>, tear_down: T, report: &mut Report) {
    report.states = shared.take_states();
    if report.states.is_none() {
        return;
    }
    shared.set_tearing_down(true);
    report.teardown = tear_down_in_time(shared, tear_down, report).await;
    shared.set_tearing_down(false);
    let states = report.states.take();
    if report.was_abandoned() {
        // What never came back may hold what their `Drop` waits for: it stays with that.
        shared.keep_states(states);
    }
}

/// Runs the teardown inside the budget.
async fn tear_down_in_time<T: TearDown>(shared: &Arc<Shared>, tear_down: T, report: &Report) -> Teardown {
    let until = shared.with(|core, now| match core.ending() {
        Some(ending) => ending.abandon_at(),
        None => now.mono.plus(core.plan.budget.saturating_sub(AFTER_ABANDON)),
    });
    let teardown = caught(tear_down.tear_down(report), EarlierHook::Called);
    match tokio::time::timeout_at(shared.clock().instant(until), teardown).await {
        Ok(Ok(())) => Teardown::Done,
        Ok(Err(panic)) => {
            tracing::error!(target: "tasks", error = %panic, "the teardown panicked");
            Teardown::Panicked
        }
        Err(_) => {
            tracing::error!(target: "tasks", "the teardown was cut: it took longer than the budget");
            Teardown::Cut
        }
    }
}
