//! Figures that may not grow unnoticed: instructions of the hot pieces, bytes
//! that a task adds to a program, crates that an application compiles with us.
//!
//! They are compared with `benches/micro/baseline.toml`; `docs/guards.md` says
//! what each of them means. Unlike times they do not depend on what else the
//! machine does.

mod baseline;
mod compare;
mod measure;

use std::fs;

use self::{
    baseline::{Baseline, Figure},
    compare::{Verdict, compare},
};
use crate::shell::{Result, root, say};

const FILE: &str = "benches/micro/baseline.toml";

/// Measures, and compares or renews: `[--update] [WORD]…`. With words, only the
/// figures whose names hold one of them.
pub(crate) fn run(args: &[String]) -> Result {
    let (flags, words): (Vec<_>, Vec<_>) = args.iter().partition(|arg| arg.starts_with("--"));
    if let Some(unknown) = flags.iter().find(|flag| **flag != "--update") {
        return Err(format!("`{unknown}` is not known: cargo xtask guards [--update] [WORD]…").into());
    }
    let chosen = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let toolchain = measure::toolchain()?;
    let old = match fs::read_to_string(root().join(FILE)) {
        Ok(text) => Baseline::read(&text).map_err(|error| format!("{FILE}: {error}"))?,
        Err(_) => Baseline::default(),
    };
    let figures = measure::figures(chosen)?;
    if !flags.is_empty() {
        return update(&old, toolchain, figures, words.is_empty());
    }
    let is_comparable = old.toolchain == toolchain;
    let mut failures = Vec::new();
    say("");
    for (name, old, new) in pairs(&old, &figures, chosen) {
        let verdict = compare(name.kind, old, new);
        say(&format!("{:<42}{}", name.to_string(), verdict.line(old, new)));
        if matches!(verdict, Verdict::Fails(_)) && (is_comparable || !name.kind.is_of_a_toolchain()) {
            failures.push(format!("{name}: {}", verdict.line(old, new)));
        }
    }
    if !is_comparable {
        let (old, new) = (old.toolchain.join(", "), toolchain.join(", "));
        say(&format!(
            "\nSKIPPED: instructions and bytes are those of {old}. Here is {new}: they are only shown."
        ));
    }
    match failures.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "not what {FILE} says:\n  {}\nIf it is meant to be so, renew it with `cargo xtask guards --update` \
             (or name the figures after it), and say in the commit what the growth buys; \
             docs/guards.md shows how to find where it is",
            failures.join("\n  ")
        )
        .into()),
    }
}

/// What is known and what was measured, of each chosen figure.
fn pairs<'a>(
    old: &'a Baseline,
    new: &'a [Figure],
    chosen: impl Fn(&str) -> bool,
) -> Vec<(&'a baseline::Name, Option<u64>, Option<u64>)> {
    let value = |figures: &[Figure], name: &baseline::Name| {
        figures.iter().find(|figure| figure.name == *name).map(|figure| figure.value)
    };
    let gone =
        old.figures.iter().filter(|figure| chosen(&figure.name.of) && value(new, &figure.name).is_none());
    new.iter()
        .chain(gone)
        .map(|figure| (&figure.name, value(&old.figures, &figure.name), value(new, &figure.name)))
        .collect()
}

/// Writes what was measured; what was not stays as it is.
fn update(old: &Baseline, toolchain: Vec<String>, mut figures: Vec<Figure>, is_whole: bool) -> Result {
    if !is_whole {
        if old.toolchain != toolchain {
            return Err("the baseline is of another toolchain: renew all of it, without words".into());
        }
        figures = old.with(figures);
    }
    fs::write(root().join(FILE), Baseline { toolchain, figures }.to_string())?;
    say(&format!("{FILE} is written; `git diff` shows what changed"));
    Ok(())
}
