//! `hand`: what a good engineer writes by hand for a task that must not be lost
//! sight of. `raw`: Tokio with nothing around it.

mod entries;
mod runs;
mod shutdown;
mod supervisor;

use anyhow::Result;
use measure::{Args, Workload, runtime};

/// Which of the two, and in W7 one that helps itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contender {
    /// Supervised by hand.
    Hand,
    /// As `Hand`, and ends by `exit` whatever still runs.
    HandExit,
    /// Bare Tokio.
    Raw,
}

fn main() -> Result<()> {
    let args = Args::read()?;
    let contender = match args.contender.as_str() {
        "hand" => Contender::Hand,
        "hand-exit" => Contender::HandExit,
        "raw" => Contender::Raw,
        other => anyhow::bail!("no contender: {other}"),
    };
    let runtime = runtime()?;
    let n = args.n;
    match args.workload {
        // Not on the thread that built the runtime, which would be a third one.
        Workload::Runs | Workload::Yielding => {
            let yields = args.workload == Workload::Yielding;
            runtime.block_on(async { tokio::spawn(runs::runs(contender, n, yields)).await })?;
        }
        Workload::Living => runtime.block_on(async { tokio::spawn(runs::living(contender, n)).await })?,
        Workload::Spread | Workload::Herd | Workload::Idle => entries::watch(contender, &args, &runtime)?,
        // On this thread, as `#[tokio::main]` does.
        Workload::Shutdown => runtime.block_on(shutdown::shutdown(contender, &args))?,
        Workload::Definitions => return args.unable(),
    }
    if contender == Contender::HandExit {
        std::process::exit(0);
    }
    Ok(())
}
