//! This framework as a contender, with everything that it does for its users.

mod entries;
mod runs;
mod shutdown;

use std::process::ExitCode;

use anyhow::Result;
use measure::{Args, Workload, runtime};
use tasks_runtime::{Builder, Handle, Registration};

/// A program with these tasks and no others, started inside of a runtime.
async fn start(tasks: impl IntoIterator<Item = Registration>) -> Result<Handle> {
    let builder = tasks_runtime::builder().without_discovery().without_configuration();
    Ok(tasks.into_iter().fold(builder, Builder::register).start().await?)
}

fn main() -> Result<ExitCode> {
    let args = Args::read()?;
    let n = args.n;
    match args.workload {
        Workload::Shutdown => return Ok(shutdown::main(&args)),
        Workload::Definitions => entries::definitions(&args, &runtime()?)?,
        // As everywhere here: on a worker, and not on the thread that built the
        // runtime, which would be a third one.
        Workload::Runs => runtime()?.block_on(async { tokio::spawn(runs::ready(n)).await })??,
        Workload::Yielding => runtime()?.block_on(async { tokio::spawn(runs::yielding(n)).await })??,
        Workload::Living => runtime()?.block_on(async { tokio::spawn(runs::living(n)).await })??,
        Workload::Spread | Workload::Herd | Workload::Idle => entries::watch(&args, &runtime()?)?,
    }
    Ok(ExitCode::SUCCESS)
}
