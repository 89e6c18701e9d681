//! Where and when something was measured.

use std::{fs, process::Command};

fn said_by(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// Returns the date in UTC, as `2026-11-23`.
pub(crate) fn today() -> String {
    said_by("date", &["--utc", "+%F"])
}

/// Describes the machine, the compiler and how busy the machine is, in one line.
pub(crate) fn describe() -> String {
    let field = |path: &str, name: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field("/proc/meminfo", "MemTotal");
    let memory: u64 = memory.split(' ').next().and_then(|kb| kb.parse().ok()).unwrap_or(0);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{}, {cores} cores, {} GB, Linux {}, {}, load {}",
        field("/proc/cpuinfo", "model name"),
        memory / 1_000_000,
        said_by("uname", &["-r"]),
        said_by("rustc", &["--version"]),
        load.split(' ').next().unwrap_or_default(),
    )
}
