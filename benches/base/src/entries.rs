//! W3 and W4: a Tokio task with an interval for each entry.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use measure::{Args, Grid, LIMIT, Lag, Setup, Workload, watch_firing, watch_idle};
use tokio::{
    runtime::Runtime,
    time::{Instant, MissedTickBehavior, interval_at},
};

use crate::{
    Contender,
    supervisor::{BodyResult, Supervisor},
};

/// What spawning a task takes at most on a machine of today.
const EACH: Duration = Duration::from_micros(2);

pub(crate) fn watch(contender: Contender, args: &Args, runtime: &Runtime) -> Result<()> {
    let (lag, supervisor) = (Lag::shared(), Supervisor::new());
    let (setup, grid) = (Setup::begin(), Grid::new(args, EACH));
    for entry in 0..args.n {
        let supervisor = (contender == Contender::Hand).then(|| Arc::clone(&supervisor));
        runtime.spawn(fires(Instant::from_std(grid.due(entry)), grid.every, lag, supervisor));
    }
    match args.workload {
        Workload::Idle => watch_idle(args, setup),
        _ => watch_firing(args, lag, setup, grid.first),
    }
}

async fn fires(first: Instant, every: Duration, lag: &'static Lag, supervisor: Option<Arc<Supervisor>>) {
    let mut interval = interval_at(first, every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let due = interval.tick().await;
        match &supervisor {
            Some(supervisor) => supervisor.run("tick", LIMIT, move |_| tick(due, lag)).await,
            None => drop(tick(due, lag).await),
        }
    }
}

async fn tick(due: Instant, lag: &'static Lag) -> BodyResult {
    let late = Instant::now().saturating_duration_since(due).as_nanos();
    lag.record(i64::try_from(late).unwrap_or(i64::MAX));
    Ok(())
}
