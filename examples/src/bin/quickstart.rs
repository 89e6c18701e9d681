//! The smallest program: one task at start, one on a schedule.
//!
//! ```text
//! cargo run -p examples --bin quickstart
//! cargo run -p examples --bin quickstart -- --list-tasks
//! ```

use tasks_runtime::{scheduled, task};

/// Warms the cache once, when the program starts.
#[task(timeout = "30s", retry = 3)]
async fn warm_cache() -> anyhow::Result<()> {
    tracing::info!("the cache is warm");
    Ok(())
}

/// Prunes expired sessions.
#[scheduled(every = "2s", initial_delay = "0s")]
async fn prune_sessions() -> anyhow::Result<()> {
    tracing::info!("no session has expired");
    Ok(())
}

fn main() -> std::process::ExitCode {
    tasks_runtime::main()
}
