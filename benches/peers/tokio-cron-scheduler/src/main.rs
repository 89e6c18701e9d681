//! tokio-cron-scheduler: schedules of whole seconds. Runs are neither limited
//! nor cancelled, and nobody waits for them; there is no way to start one.

use std::time::{Duration, Instant};

use anyhow::Result;
use measure::{
    Args, Lag, Setup, Workload, blocked_for_ever, ready_after, runtime, wall_ns, watch_firing, watch_idle,
};
use tokio::{runtime::Runtime, sync::oneshot};
use tokio_cron_scheduler::{Job, JobScheduler};

const SECOND: u64 = 1_000_000_000;

/// The default, 200 messages, loses firings of a herd; this is enough for it.
async fn scheduler(n: usize) -> Result<JobScheduler> {
    Ok(JobScheduler::new_with_channel_size(4 * n + 200).await?)
}

async fn added(n: usize, job: impl Fn() -> Result<Job>) -> Result<JobScheduler> {
    let scheduler = scheduler(n).await?;
    for _ in 0..n {
        scheduler.add(job()?).await?;
    }
    scheduler.start().await?;
    Ok(scheduler)
}

fn herd(args: &Args, runtime: &Runtime) -> Result<()> {
    let (lag, setup) = (Lag::shared(), Setup::begin());
    // Due at each second: its lag is what has passed of the second.
    let job = || {
        Ok(Job::new_async("* * * * * *", move |_, _| {
            Box::pin(async move { lag.record((wall_ns() % SECOND) as i64) })
        })?)
    };
    let _scheduler = runtime.block_on(added(args.n, job))?;
    watch_firing(args, lag, setup, next_second())
}

/// A second that begins in half a second or more.
fn next_second() -> Instant {
    Instant::now() + Duration::from_nanos(2 * SECOND - wall_ns() % SECOND)
}

fn idle(args: &Args, runtime: &Runtime) -> Result<()> {
    let setup = Setup::begin();
    let job = || Ok(Job::new_async("0 0 0 1 1 *", |_, _| Box::pin(async {}))?);
    let _scheduler = runtime.block_on(added(args.n, job))?;
    watch_idle(args, setup)
}

async fn shutdown(args: &Args) -> Result<()> {
    let mut scheduler = scheduler(args.n).await?;
    for run in 0..args.n {
        let blocks = run < args.extra;
        let job = Job::new_one_shot_async(Duration::from_secs(1), move |_, _| {
            Box::pin(async move {
                if blocks {
                    blocked_for_ever();
                }
                tokio::time::sleep(Duration::from_secs(3600)).await;
            })
        });
        scheduler.add(job?).await?;
    }
    let (over, wait) = oneshot::channel::<()>();
    let mut over = Some(over);
    scheduler.set_shutdown_handler(Box::new(move || {
        let over = over.take();
        Box::pin(async move { drop(over) })
    }));
    scheduler.shutdown_on_signal(tokio::signal::unix::SignalKind::terminate());
    scheduler.start().await?;
    // One-shot jobs are due after a second, and polled for every half.
    ready_after(Duration::from_secs(4));
    let _ = wait.await;
    Ok(())
}

fn main() -> Result<()> {
    let args = Args::read()?;
    let runtime = runtime()?;
    match args.workload {
        Workload::Herd => herd(&args, &runtime),
        Workload::Idle => idle(&args, &runtime),
        Workload::Shutdown => runtime.block_on(shutdown(&args)),
        _ => args.unable(),
    }
}
