//! What there is to measure.

mod idle;
mod schedules;
mod shutdown;
mod start;

use anyhow::Result;

use crate::{compile, contenders::turn, numbers::Sample};

/// A part that can be measured alone.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// How many turns, unless somebody says otherwise.
    pub(crate) reps: usize,
    /// What must be built for it.
    pub(crate) packages: &'static [&'static str],
    /// One turn.
    pub(crate) run: fn(usize) -> Result<Vec<Sample>>,
}

const OWN: &[&str] = &["ours", "base"];
const ALL: &[&str] = &[
    "ours",
    "base",
    "peer-apalis",
    "peer-ractor",
    "peer-task-supervisor",
    "peer-tokio-cron-scheduler",
    "peer-tokio-graceful-shutdown",
];

#[rustfmt::skip]
pub(crate) const SECTIONS: &[Section] = &[
    Section { name: "w1-200k", what: "runs that end at once or yield once, 200,000", reps: 5, packages: ALL, run: runs },
    Section { name: "w1-million", what: "the same, 1,000,000, without the slow peers", reps: 5, packages: ALL, run: runs_million },
    Section { name: "w2-100k", what: "100,000 living runs and their shutdown", reps: 5, packages: ALL, run: living },
    Section { name: "w2-million", what: "1,000,000 living runs and their shutdown", reps: 3, packages: ALL, run: living_million },
    Section { name: "w3-1k", what: "1,000 entries due every second, spread and in a herd", reps: 5, packages: ALL, run: schedules::thousand },
    Section { name: "w3-100k", what: "100,000 entries due every second, spread and in a herd", reps: 5, packages: OWN, run: schedules::hundred_thousand },
    Section { name: "w3-million", what: "1,000,000 entries due every second, spread and in a herd", reps: 3, packages: OWN, run: schedules::million },
    Section { name: "w4", what: "10,000 idle entries", reps: 5, packages: ALL, run: idle::idle },
    Section { name: "w5", what: "exec to first body and to exit after a list, 1 to 10,000 tasks", reps: 5, packages: &["start"], run: start::start },
    Section { name: "w6-own", what: "clean builds of a hello world", reps: 3, packages: &[], run: compile::hello },
    Section { name: "w6-peers", what: "clean builds of a hello world with each peer", reps: 1, packages: &[], run: compile::peers },
    Section { name: "w6-thousand", what: "builds of 1,000 annotated functions", reps: 5, packages: &[], run: compile::thousand },
    Section { name: "w7-listening", what: "SIGTERM with 10,000 runs", reps: 5, packages: ALL, run: shutdown::cooperative },
    Section { name: "w7-blocked", what: "SIGTERM with one worker and with every worker blocked", reps: 3, packages: ALL, run: shutdown::blocked },
];

/// Returns where a section stands in the table.
pub(crate) fn place(name: &str) -> usize {
    SECTIONS.iter().position(|section| section.name == name).unwrap_or(SECTIONS.len())
}

fn runs(rep: usize) -> Result<Vec<Sample>> {
    let who = [
        "tasks",
        "hand",
        "raw",
        "task-supervisor",
        "tokio-graceful-shutdown",
        "ractor",
        "apalis",
        "apalis-serial",
    ];
    let mut samples = turn("W1 ends at once, 200,000 runs", &who, "runs", 200_000, 0, rep);
    // An actor of ractor has no body that could yield.
    let who: Vec<&str> = who.into_iter().filter(|name| *name != "ractor").collect();
    samples.extend(turn("W1 yields once, 200,000 runs", &who, "yielding", 200_000, 0, rep));
    Ok(samples)
}

fn runs_million(rep: usize) -> Result<Vec<Sample>> {
    let who = ["tasks", "hand", "raw", "task-supervisor"];
    let mut samples = turn("W1 ends at once, 1,000,000 runs", &who, "runs", 1_000_000, 0, rep);
    samples.extend(turn("W1 yields once, 1,000,000 runs", &who, "yielding", 1_000_000, 0, rep));
    Ok(samples)
}

fn living(rep: usize) -> Result<Vec<Sample>> {
    let who = ["tasks", "hand", "raw", "task-supervisor", "tokio-graceful-shutdown", "ractor"];
    Ok(turn("W2 living runs, 100,000", &who, "living", 100_000, 0, rep))
}

fn living_million(rep: usize) -> Result<Vec<Sample>> {
    let who = ["tasks", "hand", "raw", "task-supervisor"];
    Ok(turn("W2 living runs, 1,000,000", &who, "living", 1_000_000, 0, rep))
}
