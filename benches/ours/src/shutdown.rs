//! W7: a program of runs that listen, and of some that hold their thread.

use std::{
    io,
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use measure::{Args, blocked_for_ever, ready_after};
use tasks_runtime::{CancellationToken, Handle, State, cli::TaskArgs, registration, task};

static BEGUN: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Copy)]
struct Load {
    runs: usize,
    blocking: usize,
}

#[task]
async fn start_runs(handle: Handle, State(load): State<Load>) -> anyhow::Result<()> {
    for _ in 0..load.runs {
        drop(handle.spawn(works, ())?);
    }
    Ok(())
}

#[task(start = "manual", timeout = "30s")]
async fn works(token: CancellationToken, State(load): State<Load>) -> io::Result<()> {
    if BEGUN.fetch_add(1, Relaxed) < load.blocking {
        blocked_for_ever();
    }
    loop {
        tokio::select! {
            () = token.cancelled() => return Ok(()),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

pub(crate) fn main(args: &Args) -> ExitCode {
    ready_after(Duration::from_secs(1));
    tasks_runtime::builder()
        .without_discovery()
        .without_configuration()
        .register(registration!(start_runs))
        .register(registration!(works))
        .state(Load { runs: args.n, blocking: args.extra })
        // The words of the command line are the benchmark's own.
        .args(TaskArgs::default())
        .main()
}
