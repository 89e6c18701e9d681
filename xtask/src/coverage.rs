//! Line coverage, by cargo-tarpaulin with its llvm engine, which needs no tools of llvm.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    cargo::LIBRARIES,
    shell::{Result, cargo, execute, output, root, say},
};

/// Of each of the three crates, in per cent.
const DEMANDED: f64 = 85.0;

fn tarpaulin(args: &[String]) -> Result<String> {
    if output(cargo().args(["tarpaulin", "--version"])).is_err() {
        say("cargo-tarpaulin is missing");
        execute(cargo().args(["install", "cargo-tarpaulin", "--locked"]))?;
    }
    let mut command = cargo();
    command.args(["tarpaulin", "--engine", "llvm", "--follow-exec", "--skip-clean", "--out", "stdout"]);
    // Beside the usual artifacts, which would be built anew each time otherwise.
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    command.args(["--timeout", "900", "--target-dir"]).arg(target.join("coverage"));
    // Tests beside the code would count as covered code.
    for tests in ["*/tests.rs", "*/tests/*", "*/process_tests*", "*/testing.rs", "*/simulator*"] {
        command.args(["--exclude-files", tests]);
    }
    for library in LIBRARIES {
        command.args(["--packages", library, "--include-files", &format!("{library}/src/*")]);
    }
    say("$ cargo tarpaulin …, which shows nothing until its end");
    output(command.args(args))
}

pub(crate) fn run(args: &[String]) -> Result {
    let report = tarpaulin(args)?;
    let files = files(&report);
    for (file, (covered, lines)) in &files {
        if f64::from(*covered) < DEMANDED / 100.0 * f64::from(*lines) {
            say(&format!("{:>5.1} %  {covered:>4} of {lines:<4}  {file}", per_cent(*covered, *lines)));
        }
    }
    let mut too_low = Vec::new();
    for library in LIBRARIES {
        let (covered, lines) = files
            .iter()
            .filter(|(file, _)| file.starts_with(&format!("{library}/")))
            .fold((0, 0), |sum, (_, (covered, lines))| (sum.0 + covered, sum.1 + lines));
        let reached = per_cent(covered, lines);
        say(&format!("{reached:>5.1} %  {covered:>4} of {lines:<4}  {library}"));
        if reached < DEMANDED {
            too_low.push(library);
        }
    }
    match too_low.is_empty() {
        true => Ok(()),
        false => Err(format!("less than {DEMANDED} % of {}", too_low.join(", ")).into()),
    }
}

fn per_cent(covered: u32, lines: u32) -> f64 {
    match lines {
        0 => 0.0,
        lines => 100.0 * f64::from(covered) / f64::from(lines),
    }
}

/// The covered lines and all lines of each file, from lines such as
/// `|| tasks-core/src/task.rs: 10/12 +1.00%`.
fn files(report: &str) -> BTreeMap<String, (u32, u32)> {
    report
        .lines()
        .filter_map(|line| {
            let (file, counts) = line.trim_start_matches("|| ").split_once(".rs: ")?;
            let (covered, lines) = counts.split_whitespace().next()?.split_once('/')?;
            Some((format!("{file}.rs"), (covered.parse().ok()?, lines.parse().ok()?)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_report() {
        let report = "|| Uncovered Lines:\n|| tasks-core/src/task.rs: 4, 7-9\n|| Tested/Total Lines:\n\
                      || tasks-core/src/task.rs: 10/12 +0.00%\n|| \n83.33% coverage, 10/12 lines covered\n";
        let files: Vec<_> = files(report).into_iter().collect();
        assert_eq!(files, [("tasks-core/src/task.rs".to_owned(), (10, 12))]);
    }
}
