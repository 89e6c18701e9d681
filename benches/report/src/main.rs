//! `cargo xtask bench`: builds the contenders, runs them in turn, and makes one
//! table of the medians with ratios to `hand` of the same turn.
#![expect(clippy::print_stderr, reason = "progress, for whoever waits")]

mod build;
mod children;
mod compile;
mod contenders;
mod goals;
mod machine;
mod numbers;
mod options;
mod page;
mod sections;
mod store;
mod table;

use anyhow::Result;

use crate::{options::Options, store::Store};

fn main() -> Result<()> {
    let Some(options) = Options::read(std::env::args().skip(1))? else {
        return Ok(());
    };
    let path = build::benches().join("results.txt");
    let mut store = if options.write || options.render { Store::load(&path)? } else { Store::default() };
    let machine = machine::describe();
    for section in &options.sections {
        eprintln!("\n== {}: {}, {} times", section.name, section.what, options.reps(section));
        if options.build {
            build::packages(section.packages)?;
        }
        let mut samples = Vec::new();
        for rep in 0..options.reps(section) {
            eprintln!("-- {} of {}", rep + 1, options.reps(section));
            for sample in (section.run)(rep)? {
                eprintln!("{sample}");
                samples.push(sample);
            }
        }
        store.replace(section.name, &machine::today(), &machine, samples);
        if options.write {
            // After each section, so that nothing is lost when one fails.
            store.save(&path)?;
            page::write(&store)?;
        }
    }
    if options.render {
        page::write(&store)?;
    }
    let chosen: Vec<&str> = options.sections.iter().map(|section| section.name).collect();
    write_out(&table::render(&store, (!chosen.is_empty()).then_some(&chosen[..])));
    Ok(())
}

/// Writes the table to stdout. A closed pipe is the reader's choice.
fn write_out(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}
