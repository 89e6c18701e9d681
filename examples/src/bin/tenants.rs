//! One schedule for each row of a configuration that changes while the program runs.
//!
//! ```text
//! cargo run -p examples --bin tenants
//! ```
//!
//! `sync` compares the rows with the schedules that there are, every two
//! seconds: a new row adds one, a changed row changes its schedule, and a row
//! that is gone removes it. Stop it with Ctrl-C or SIGTERM.
#![forbid(unsafe_code)]

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tasks_runtime::{Context, Handle, Schedule, ScheduleHandle, State, scheduled, task_fn};

/// A row: the tenant, and how often its feed is polled, in seconds.
type Row = (&'static str, u64);

/// The rows as they are at first, then after each look, in place of a database.
const ROWS: [&[Row]; 4] = [
    &[("acme", 1), ("globex", 2)],
    &[("acme", 1), ("globex", 2), ("initech", 1)],
    &[("acme", 5), ("globex", 2), ("initech", 1)],
    &[("acme", 5), ("initech", 1)],
];

/// The schedules that there are, with the period of each.
#[derive(Clone, Default)]
struct Tenants(Arc<Mutex<BTreeMap<&'static str, (u64, ScheduleHandle)>>>);

/// Makes the schedules agree with the rows.
#[scheduled(every = "2s", on_start = true)]
async fn sync(cx: Context, handle: Handle, State(tenants): State<Tenants>) -> anyhow::Result<()> {
    let look = usize::try_from(looks_so_far(&handle, cx.task()))?;
    let rows = ROWS[look.min(ROWS.len() - 1)];
    let mut tenants = tenants.0.lock().unwrap_or_else(PoisonError::into_inner);
    tenants.retain(|tenant, (_, schedule)| {
        let stays = rows.iter().any(|(name, _)| name == tenant);
        if !stays && let Err(error) = schedule.remove() {
            tracing::warn!(%error, "not removed");
        }
        stays
    });
    for &(tenant, seconds) in rows {
        let every = Schedule::every(Duration::from_secs(seconds));
        match tenants.get_mut(tenant) {
            Some((period, _)) if *period == seconds => {}
            Some((period, schedule)) => {
                schedule.reschedule(every)?;
                *period = seconds;
            }
            None => {
                let poll = task_fn(format!("poll-{tenant}"), move |cx| poll(tenant, cx))
                    .timeout(Duration::from_secs(10))
                    .retry(2);
                tenants.insert(tenant, (seconds, handle.schedule(poll, every)?));
            }
        }
    }
    Ok(())
}

/// How often a task has run already.
fn looks_so_far(handle: &Handle, task: &str) -> u64 {
    handle.tasks().iter().find(|info| &*info.name == task).map_or(0, |info| info.counts.total())
}

async fn poll(tenant: &'static str, cx: Context) -> std::io::Result<usize> {
    tracing::info!(tenant, due = cx.scheduled_at().map(tracing::field::display), "polled");
    Ok(tenant.len())
}

fn main() -> ExitCode {
    tasks_runtime::builder().state(Tenants::default()).version(env!("CARGO_PKG_VERSION")).main()
}
