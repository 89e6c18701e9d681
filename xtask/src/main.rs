//! The commands of this project. `cargo xtask` lists them; CI calls the same ones.
//!
//! It has no dependencies, so that it is built in a moment.

mod benches;
mod cargo;
mod coverage;
mod docs;
mod guards;
mod msrv;
mod mutants;
mod shell;
mod smoke;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use shell::{Result, say, step};

struct Command {
    name: &'static str,
    what: &'static str,
    run: fn(&[String]) -> Result,
}

/// Every command, in the order of the list.
#[rustfmt::skip]
const COMMANDS: &[Command] = &[
    Command { name: "fmt", what: "format the code; with --check only look", run: cargo::fmt },
    Command { name: "lint", what: "clippy for every target and feature, and for the libraries without features", run: cargo::lint },
    Command { name: "doc", what: "build the documentation, warnings denied", run: cargo::doc },
    Command { name: "test", what: "cargo test --workspace, and what the benchmarks count with", run: cargo::test },
    Command { name: "smoke", what: "list, start and stop each example; or only those that are named", run: smoke::run },
    Command { name: "check-docs", what: "the named tests exist, links lead somewhere, no path of a machine is left", run: docs::run },
    Command { name: "msrv", what: "the stated Rust version is the same everywhere, and clippy holds us to it", run: msrv::run },
    Command { name: "simulate", what: "play random programs against the engine: how many, and from which seed", run: cargo::simulate },
    Command { name: "simulate-year", what: "play 1,000 schedules for a year, or for so many days, and print what it costs", run: cargo::simulate_year },
    Command { name: "mutants", what: "break the engine on purpose, and see each mistake caught; or only those named", run: mutants::run },
    Command { name: "guards", what: "compare instructions, bytes and crates with the baseline; --update renews it; or only those named", run: guards::run },
    Command { name: "coverage", what: "line coverage of the three library crates, 85 % or more of each", run: coverage::run },
    Command { name: "bench", what: "measure the framework beside its peers: which sections; --help says more", run: benches::run },
    Command { name: "ci", what: "fmt --check, lint, doc, test, smoke, check-docs, msrv, guards", run: ci },
];

fn ci(_: &[String]) -> Result {
    let check = ["--check".to_owned()];
    for (name, args) in [
        ("fmt", &check[..]),
        ("lint", &[]),
        ("doc", &[]),
        ("test", &[]),
        ("smoke", &[]),
        ("check-docs", &[]),
        ("msrv", &[]),
        ("guards", &[]),
    ] {
        run(name, args)?;
    }
    Ok(())
}

fn run(name: &str, args: &[String]) -> Result {
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        return Err(format!("there is no command `{name}`; `cargo xtask` lists them").into());
    };
    step(name);
    (command.run)(args)
}

fn list() -> Result {
    let mut out = io::stdout().lock();
    writeln!(out, "cargo xtask COMMAND\n")?;
    for command in COMMANDS {
        writeln!(out, "  {:<14}{}", command.name, command.what)?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let args: Vec<String> =
        std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let end = match args.split_first() {
        None => list(),
        Some((name, rest)) => run(name, rest),
    };
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("xtask failed: {error}"));
            ExitCode::FAILURE
        }
    }
}
