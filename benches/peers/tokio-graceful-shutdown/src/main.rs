//! tokio-graceful-shutdown: a subsystem for each run. There is no limit for a
//! run, no schedule and no history.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use anyhow::Result;
use measure::{Args, Living, Runs, Workload, blocked_for_ever, ready_after, runtime};
use tokio::sync::oneshot;
use tokio_graceful_shutdown::{SubsystemBuilder, SubsystemHandle, Toplevel};

type Fault = Box<dyn std::error::Error + Send + Sync>;
type Root = SubsystemHandle<Fault>;

static BEGUN: AtomicUsize = AtomicUsize::new(0);

async fn runs(root: &mut Root, n: usize, yields: bool) {
    let runs = Runs::begin(n);
    let mut started = Vec::with_capacity(n);
    for _ in 0..n {
        started.push(root.start(SubsystemBuilder::new("ends", async move |_: &mut Root| {
            if yields {
                tokio::task::yield_now().await;
            }
            Ok::<(), Fault>(())
        })));
    }
    for run in &started {
        let _ = run.join().await;
    }
    runs.all_ended();
}

fn start_waiting(root: &mut Root, n: usize, blocked: usize) {
    for run in 0..n {
        root.start(SubsystemBuilder::new("waits", async move |own: &mut Root| {
            BEGUN.fetch_add(1, Relaxed);
            if run < blocked {
                blocked_for_ever();
            }
            own.on_shutdown_requested().await;
            Ok::<(), Fault>(())
        }));
    }
}

async fn measured(args: &Args) -> Result<()> {
    let (n, workload, blocked) = (args.n, args.workload, args.extra);
    let (cancelling, cancelled) = oneshot::channel();
    if workload == Workload::Shutdown {
        ready_after(Duration::from_secs(1));
    }
    let top = Toplevel::<Fault>::new(async move |root: &mut Root| match workload {
        Workload::Runs | Workload::Yielding => {
            runs(root, n, workload == Workload::Yielding).await;
            root.request_shutdown();
        }
        Workload::Living => {
            let living = Living::begin(&BEGUN, n);
            start_waiting(root, n, 0);
            let _ = cancelling.send(living.all_live().await);
            root.request_shutdown();
        }
        _ => start_waiting(root, n, blocked),
    });
    let (top, budget) = match workload {
        Workload::Runs | Workload::Yielding | Workload::Living => (top, Duration::from_secs(100)),
        Workload::Shutdown => (top.catch_signals(), Duration::from_secs(5)),
        _ => return args.unable(),
    };
    let _ = top.handle_shutdown_requests(budget).await;
    if let Ok(cancelling) = cancelled.await {
        cancelling.all_joined();
    }
    Ok(())
}

fn main() -> Result<()> {
    let args = Args::read()?;
    runtime()?.block_on(measured(&args))
}
