//! What the system counts of this process.

use std::{fs, time::Duration};

use nix::time::{ClockId, clock_gettime};

/// Reads a field of `/proc/self/status` or of the like of a thread, in its own unit.
fn status(text: &str, field: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn own_status(field: &str) -> u64 {
    status(&fs::read_to_string("/proc/self/status").unwrap_or_default(), field)
}

/// Returns how much memory the process has, in bytes.
pub fn resident_bytes() -> u64 {
    own_status("VmRSS:") * 1024
}

/// Returns how much memory the process ever had, in bytes.
pub fn peak_bytes() -> u64 {
    own_status("VmHWM:") * 1024
}

/// Returns how often threads that are alive went to sleep by themselves.
pub fn switches() -> u64 {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads
        .filter_map(|thread| fs::read_to_string(thread.path().join("status")).ok())
        .map(|text| status(&text, "voluntary_ctxt_switches:"))
        .sum()
}

fn clock(id: ClockId) -> Duration {
    clock_gettime(id).map_or(Duration::ZERO, Duration::from)
}

/// Returns the processor time of all threads so far.
pub fn cpu_time() -> Duration {
    clock(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

/// Returns the monotonic clock of the system in nanoseconds, which all
/// processes of a machine share.
pub fn monotonic_ns() -> u64 {
    clock(ClockId::CLOCK_MONOTONIC).as_nanos() as u64
}

/// Returns the nanoseconds since 1970.
pub fn wall_ns() -> u64 {
    clock(ClockId::CLOCK_REALTIME).as_nanos() as u64
}
