//! task-supervisor: named tasks that are supervised together. There is no limit
//! for a run, no schedule, no history and no handling of signals.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use anyhow::{Result, anyhow};
use measure::{Args, Living, Runs, Workload, blocked_for_ever, ready_after, runtime};
use task_supervisor::{CancellationToken, SupervisedTask, SupervisorBuilder, TaskResult};
use tokio::signal::unix::{SignalKind, signal};

static BEGUN: AtomicUsize = AtomicUsize::new(0);
static ENDED: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone)]
enum Body {
    Ends { yields: bool },
    Waits,
    Blocks,
}

impl SupervisedTask for Body {
    async fn run(self, token: CancellationToken) -> TaskResult {
        BEGUN.fetch_add(1, Relaxed);
        match self {
            Self::Ends { yields: true } => tokio::task::yield_now().await,
            Self::Ends { yields: false } => {}
            Self::Waits => token.cancelled().await,
            Self::Blocks => blocked_for_ever(),
        }
        ENDED.fetch_add(1, Relaxed);
        Ok(())
    }
}

fn with(n: usize, body: impl Fn(usize) -> Body) -> SupervisorBuilder {
    (0..n).fold(SupervisorBuilder::new(), |builder, run| builder.with_task(&format!("t{run}"), body(run)))
}

async fn measured(args: &Args) -> Result<()> {
    let n = args.n;
    match args.workload {
        Workload::Runs | Workload::Yielding => {
            let yields = args.workload == Workload::Yielding;
            let runs = Runs::begin(n);
            let supervisor = with(n, |_| Body::Ends { yields }).spawn();
            while ENDED.load(Relaxed) < n {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            // Answered after everything that the supervisor was told before.
            supervisor.task_statuses().await.map_err(|error| anyhow!("{error:?}"))?;
            runs.all_ended();
        }
        Workload::Living => {
            let living = Living::begin(&BEGUN, n);
            let supervisor = with(n, |_| Body::Waits).spawn();
            let cancelling = living.all_live().await;
            supervisor.shutdown().await.map_err(|error| anyhow!("{error:?}"))?;
            cancelling.all_joined();
        }
        Workload::Shutdown => {
            ready_after(Duration::from_secs(1));
            let mut term = signal(SignalKind::terminate())?;
            let blocked = args.extra;
            let supervisor = with(n, |run| if run < blocked { Body::Blocks } else { Body::Waits }).spawn();
            term.recv().await;
            supervisor.shutdown().await.map_err(|error| anyhow!("{error:?}"))?;
        }
        _ => return args.unable(),
    }
    Ok(())
}

fn main() -> Result<()> {
    let args = Args::read()?;
    runtime()?.block_on(measured(&args))
}
