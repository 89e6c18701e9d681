//! W3 and W4: tasks with schedules, added while the program runs.

use std::{
    env,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use measure::{Args, Figures, Grid, LIMIT, Lag, Setup, Workload, resident_bytes, watch_firing, watch_idle};
use tasks_runtime::{Context, IntoTask, Schedule, registration, task, task_fn};
use tokio::runtime::Runtime;

/// Entries by whose addition it is foretold how long all of them take.
const SAMPLE: u32 = 10_000;

// A program without any task does not start.
#[task(start = "manual")]
async fn present() {}

/// What one entry is made of: a name and a closure of its own.
fn tick(entry: usize, lag: &'static Lag) -> impl IntoTask {
    let body = move |cx: Context| async move {
        if let Some(due) = cx.scheduled_at() {
            lag.record_wall(due.as_nanosecond());
        }
    };
    task_fn(format!("tick-{entry}"), body).timeout(LIMIT)
}

pub(crate) fn watch(args: &Args, runtime: &Runtime) -> Result<()> {
    let before = before(args.n)?;
    let lag = Lag::shared();
    let handle = runtime.block_on(crate::start([registration!(present)]))?;
    let (setup, grid) = (Setup::begin(), Grid::new(args, before.each));
    for entry in 0..args.n {
        let first = grid.due(entry).saturating_duration_since(Instant::now());
        // Of what is late already `watch_firing` makes an error.
        let first = first.max(Duration::from_millis(1));
        handle.schedule(tick(entry, lag), Schedule::every(grid.every).initial_delay(first))?;
    }
    Figures::default().with("definition_bytes", before.definition_bytes).write();
    match args.workload {
        Workload::Idle => watch_idle(args, setup),
        _ => watch_firing(args, lag, setup, grid.first),
    }
}

/// What is found out beforehand, in a process of its own, since memory that was
/// used once is not seen to be used again.
struct Before {
    /// What the values alone take from which entries are made.
    definition_bytes: f64,
    /// How long one entry takes to be added.
    each: Duration,
}

fn before(n: usize) -> Result<Before> {
    let output = Command::new(env::current_exe()?).args(["tasks", "definitions", &n.to_string()]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figure = |name: &str| -> Result<f64> {
        let value = text.split_whitespace().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        Ok(value.with_context(|| format!("no {name} was measured"))?.parse()?)
    };
    Ok(Before {
        definition_bytes: figure("definition_bytes")?,
        each: Duration::from_nanos(figure("add_ns")? as u64),
    })
}

pub(crate) fn definitions(args: &Args, runtime: &Runtime) -> Result<()> {
    let lag = Lag::shared();
    let before = resident_bytes();
    let definitions: Vec<_> = (0..args.n).map(|entry| tick(entry, lag)).collect();
    let bytes = resident_bytes().saturating_sub(before);
    let handle = runtime.block_on(crate::start([registration!(present)]))?;
    let since = Instant::now();
    for entry in 0..SAMPLE {
        let hourly = Schedule::every(Duration::from_secs(3600));
        drop(handle.schedule(tick(entry as usize, lag), hourly)?);
    }
    let each = since.elapsed() / SAMPLE;
    Figures::default()
        .with("definition_bytes", bytes as f64 / definitions.len() as f64)
        .with("add_ns", each.as_nanos() as f64)
        .write();
    Ok(())
}
