//! Many runs, and what the process has of them.

use std::{fs, io};

use serde_json::json;
use tasks_runtime::{Handle, task};
use tests::mark_with;

#[task(start = "manual")]
async fn empty() {}

const CHUNK: u32 = 10_000;

/// Runs a million empty tasks, and measures the process after each chunk.
#[task]
async fn a_million_runs(handle: Handle) -> anyhow::Result<()> {
    for _ in 0..100 {
        let runs: Result<Vec<_>, _> = (0..CHUNK / 10).map(|_| handle.spawn(empty, ())).collect();
        for run in runs? {
            run.await?;
        }
        for _ in 0..9 {
            let runs: Result<Vec<_>, _> = (0..CHUNK / 10).map(|_| handle.spawn(empty, ())).collect();
            for run in runs? {
                run.await?;
            }
        }
        mark_figures("chunk")?;
    }
    Ok(())
}

/// Tells what the process has of memory, threads and descriptors.
pub(crate) fn mark_figures(mark: &str) -> io::Result<()> {
    let status = fs::read_to_string("/proc/self/status")?;
    let figure = |key| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    };
    let facts = json!({
        "rss_kb": figure("VmRSS:"),
        "threads": figure("Threads:"),
        "descriptors": fs::read_dir("/proc/self/fd")?.count(),
    });
    mark_with(mark, facts);
    Ok(())
}
