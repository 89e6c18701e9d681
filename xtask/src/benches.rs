//! The benchmarks, which are a workspace of their own in `benches`.

use std::process::Command;

use crate::shell::{Result, cargo, execute, root};

/// The packages that contain no peer. The peers are built by whoever measures.
const OWN: [&str; 4] = ["measure", "report", "ours", "base"];

/// Returns cargo, ready to work on the workspace of the benchmarks.
fn cargo_there() -> Command {
    let mut command = cargo();
    command.current_dir(root().join("benches"));
    command
}

/// Measures. What it takes and prints is up to `benches/report`.
pub(crate) fn run(args: &[String]) -> Result {
    let report = ["run", "--quiet", "--release", "--package", "report", "--"];
    execute(cargo_there().args(report).args(args))
}

/// Formats the peers too: for that nothing is built.
pub(crate) fn fmt(args: &[String]) -> Result {
    execute(cargo_there().args(["fmt", "--all"]).args(args))
}

/// Looks at what would otherwise break unseen when the framework changes.
pub(crate) fn lint() -> Result {
    let own = || OWN.into_iter().flat_map(|package| ["--package", package]);
    let denied = ["--", "--deny", "warnings"];
    execute(cargo_there().args(["clippy", "--all-targets"]).args(own()).args(denied))
}

/// The tests of what measures and reports.
pub(crate) fn test() -> Result {
    let tested = ["--package", "measure", "--package", "report"];
    execute(cargo_there().args(["test", "--quiet"]).args(tested))
}
