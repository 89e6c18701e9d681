//! Who is measured, and how one turn of one workload is run.

use std::process::Command;

use anyhow::Result;

use crate::{build, children, numbers::Sample};

/// The columns of the table, and the program behind each.
pub(crate) const CONTENDERS: &[(&str, &str)] = &[
    ("tasks", "ours"),
    ("hand", "base"),
    ("raw", "base"),
    ("task-supervisor", "peer-task-supervisor"),
    ("tokio-graceful-shutdown", "peer-tokio-graceful-shutdown"),
    ("ractor", "peer-ractor"),
    ("apalis", "peer-apalis"),
    ("apalis-serial", "peer-apalis"),
    ("tokio-cron-scheduler", "peer-tokio-cron-scheduler"),
];

/// Returns the command line of a contender.
pub(crate) fn command(contender: &str, workload: &str, n: usize, extra: usize) -> Result<Command> {
    // `hand-exit` is `hand` with another end.
    let known = CONTENDERS.iter().find(|(name, _)| *name == contender);
    let mut command = Command::new(build::program(known.map_or("base", |(_, program)| program))?);
    command.args([contender, workload, &n.to_string(), &extra.to_string()]);
    Ok(command)
}

/// Runs a contender once. What fails is told and has no figures.
pub(crate) fn run(
    title: &str,
    contender: &str,
    workload: &str,
    n: usize,
    extra: usize,
    rep: usize,
) -> Sample {
    let mut sample = Sample::new(title, contender, rep);
    let ran = command(contender, workload, n, extra)
        .and_then(|mut command| children::figures(&mut command, &mut sample));
    if let Err(error) = ran {
        eprintln!("{contender}, {title}: {error:#}");
        sample.figures.clear();
    }
    sample
}

/// Runs each of these once, one after another. Who begins changes with the
/// turn, so that nobody always follows the same neighbour.
pub(crate) fn turn(
    title: &str,
    who: &[&str],
    workload: &str,
    n: usize,
    extra: usize,
    rep: usize,
) -> Vec<Sample> {
    let begin = rep % who.len();
    let order = who[begin..].iter().chain(&who[..begin]);
    order.map(|contender| run(title, contender, workload, n, extra, rep)).collect()
}
