//! Many runs, and what the process has of them.

use std::{alloc::System, fs, io};

use cap::Cap;
use serde_json::json;
use tasks_runtime::{Handle, task};
use tests::mark_with;

/// Counts what is allocated.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

#[task(start = "manual")]
async fn empty() {}

const CHUNK: usize = 10_000;

/// So many are spawned before the first of them is awaited. How many of them are
/// under way at once depends on how busy the machine is, and what is kept for
/// the next runs depends on the most that there ever were: so they are few.
const BURST: usize = 100;

/// Runs a million empty tasks, and measures the process after each chunk.
#[task]
async fn a_million_runs(handle: Handle) -> anyhow::Result<()> {
    for _ in 0..100 {
        for _ in 0..CHUNK / BURST {
            let runs = (0..BURST).map(|_| handle.spawn(empty, ())).collect::<Result<Vec<_>, _>>()?;
            for run in runs {
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
        "allocated": ALLOCATOR.allocated(),
        "rss_kb": figure("VmRSS:"),
        "threads": figure("Threads:"),
        "descriptors": fs::read_dir("/proc/self/fd")?.count(),
    });
    mark_with(mark, facts);
    Ok(())
}
