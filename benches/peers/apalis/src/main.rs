//! apalis 1.0: a memory queue whose handler is limited, whose panics are caught
//! and which is spawned (`apalis`) or polled one at a time (`apalis-serial`);
//! for schedules a worker of apalis-cron for each entry.

use std::{
    str::FromStr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use apalis::prelude::*;
use apalis_cron::{CronScheduler, Tick};
use measure::{
    Args, LIMIT, Lag, Runs, Setup, Workload, blocked_for_ever, ready_after, runtime, wall_ns, watch_firing,
    watch_idle,
};
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

const SECOND: u64 = 1_000_000_000;

static ENDED: AtomicU64 = AtomicU64::new(0);

async fn queued(n: usize) -> Result<MemoryStorage<u64>> {
    let mut queue = MemoryStorage::new();
    for run in 0..n as u64 {
        queue.push(run).await?;
    }
    Ok(queue)
}

async fn runs(args: &Args) -> Result<()> {
    let (n, yields) = (args.n as u64, args.workload == Workload::Yielding);
    let runs = Runs::begin(args.n);
    let queue = queued(args.n).await?;
    let handler = move |_: u64, worker: WorkerContext| async move {
        if yields {
            tokio::task::yield_now().await;
        }
        if ENDED.fetch_add(1, Relaxed) + 1 == n {
            let _ = worker.stop();
        }
    };
    let worker = WorkerBuilder::new("worker").backend(queue).timeout(LIMIT).catch_panic();
    let _ = match args.contender.as_str() {
        "apalis-serial" => worker.build(handler).run().await,
        _ => worker.parallelize(tokio::spawn).build(handler).run().await,
    };
    runs.all_ended();
    Ok(())
}

fn entries(args: &Args, runtime: &Runtime) -> Result<()> {
    let (lag, setup) = (Lag::shared(), Setup::begin());
    let schedule = match args.workload {
        Workload::Herd => "* * * * * *",
        _ => "0 0 0 1 1 *",
    };
    let schedule = cron::Schedule::from_str(schedule)?;
    let tick = move |tick: Tick| async move {
        lag.record(wall_ns() as i64 - tick.get_timestamp() as i64 * SECOND as i64);
    };
    let monitor = (0..args.n).fold(Monitor::new(), |monitor, entry| {
        let schedule = schedule.clone();
        monitor.register(move |_| {
            let worker = WorkerBuilder::new(format!("tick-{entry}"));
            worker.backend(CronScheduler::new(schedule.clone())).timeout(LIMIT).catch_panic().build(tick)
        })
    });
    runtime.spawn(monitor.run());
    match args.workload {
        Workload::Herd => {
            let first = Instant::now() + Duration::from_nanos(3 * SECOND - wall_ns() % SECOND);
            watch_firing(args, lag, setup, first)
        }
        _ => watch_idle(args, setup),
    }
}

async fn shutdown(args: &Args) -> Result<()> {
    let blocked = args.extra as u64;
    let mut term = signal(SignalKind::terminate())?;
    let queue = Mutex::new(Some(queued(args.n).await?));
    let monitor = Monitor::new().shutdown_timeout(Duration::from_secs(5)).register(move |_| {
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.take().unwrap_or_else(MemoryStorage::new);
        // A run gets no token: it can only look whether its worker is to end.
        WorkerBuilder::new("worker").backend(queue).parallelize(tokio::spawn).build(
            move |run: u64, worker: WorkerContext| async move {
                if run < blocked {
                    blocked_for_ever();
                }
                while !worker.is_shutting_down() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            },
        )
    });
    ready_after(Duration::from_secs(1));
    let until = async move {
        term.recv().await;
        Ok(())
    };
    let _ = monitor.run_with_signal(until).await;
    Ok(())
}

fn main() -> Result<()> {
    let args = Args::read()?;
    let runtime = runtime()?;
    match args.workload {
        // On this thread: with `parallelize(tokio::spawn)` the future of the
        // worker is not known to be `Send`.
        Workload::Runs | Workload::Yielding => runtime.block_on(runs(&args)),
        Workload::Herd | Workload::Idle => entries(&args, &runtime),
        Workload::Shutdown => runtime.block_on(shutdown(&args)),
        _ => args.unable(),
    }
}
