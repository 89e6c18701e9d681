//! Formatting, lints, documentation and tests: cargo with the right arguments.

use crate::{
    benches,
    shell::{Result, cargo, execute},
};

/// The crates that others depend on. Each must also build without its features.
pub(crate) const LIBRARIES: [&str; 4] = ["tasks-schedule", "tasks-options", "tasks-core", "tasks-runtime"];

/// The features of `tasks-runtime`.
const FEATURES: [&str; 7] = ["inventory", "input", "cli", "clap", "config", "log", "testing"];

pub(crate) fn fmt(args: &[String]) -> Result {
    execute(cargo().args(["fmt", "--all"]).args(args))?;
    benches::fmt(args)
}

pub(crate) fn lint(_: &[String]) -> Result {
    let denied = ["--", "--deny", "warnings"];
    execute(cargo().args(["clippy", "--workspace", "--all-targets", "--all-features"]).args(denied))?;
    let alone = |library, feature| {
        let features = ["--no-default-features", "--features", feature];
        execute(cargo().args(["clippy", "--package", library, "--lib"]).args(features).args(denied))
    };
    for library in LIBRARIES {
        alone(library, "")?;
    }
    // Each feature by itself: what it needs of another one, it has to say.
    FEATURES.iter().try_for_each(|feature| alone("tasks-runtime", feature))?;
    benches::lint()
}

pub(crate) fn doc(_: &[String]) -> Result {
    let mut command = cargo();
    command.env("RUSTDOCFLAGS", "--deny warnings");
    execute(command.args(["doc", "--workspace", "--no-deps", "--all-features"]))
}

/// The README's own command, so that it is the one that is known to work.
pub(crate) fn test(args: &[String]) -> Result {
    execute(cargo().args(["test", "--workspace"]).args(args))?;
    benches::test()
}

/// A longer run of the simulator than `test` has time for.
pub(crate) fn simulate(args: &[String]) -> Result {
    let mut command = cargo();
    for (name, value) in ["SEEDS", "FROM"].into_iter().zip(args) {
        command.env(name, value);
    }
    let test = ["test", "--package", "tasks-runtime", "--lib", "--", "simulator::", "--nocapture"];
    execute(command.args(test))
}

/// A thousand schedules through the engine, a year of them unless a number of
/// days is given: what it costs is printed, and is a matter of this machine.
pub(crate) fn simulate_year(args: &[String]) -> Result {
    let mut command = cargo();
    command.env("DAYS", args.first().map_or("365", String::as_str));
    let test = ["test", "--release", "--package", "tasks-runtime", "--lib", "--"];
    execute(command.args(test).args(["simulator::year::", "--nocapture"]))
}
