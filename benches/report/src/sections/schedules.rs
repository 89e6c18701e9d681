//! W3: entries that are due every second.

use anyhow::Result;

use crate::{contenders::turn, numbers::Sample};

/// Seconds for which a contender is watched.
const WATCHED: usize = 4;

const OWN: &[&str] = &["tasks", "hand", "raw"];

fn measured(title: &str, who: &[&str], workload: &str, n: usize, rep: usize) -> Vec<Sample> {
    let mut samples = turn(title, who, workload, n, WATCHED, rep);
    for sample in &mut samples {
        beyond(sample);
    }
    samples
}

/// What an entry takes beyond the value that it was made of, where that was measured.
pub(super) fn beyond(sample: &mut Sample) {
    if let (Some(bytes), Some(definition)) =
        (sample.figures.get("bytes"), sample.figures.get("definition_bytes"))
    {
        let beyond = bytes - definition;
        sample.figures.insert("beyond_bytes".to_owned(), beyond);
    }
}

pub(super) fn thousand(rep: usize) -> Result<Vec<Sample>> {
    let mut samples = measured("W3 spread, 1,000 entries", OWN, "spread", 1_000, rep);
    let who = ["tasks", "hand", "raw", "apalis", "tokio-cron-scheduler"];
    samples.extend(measured("W3 herd, 1,000 entries", &who, "herd", 1_000, rep));
    Ok(samples)
}

pub(super) fn hundred_thousand(rep: usize) -> Result<Vec<Sample>> {
    let mut samples = measured("W3 spread, 100,000 entries", OWN, "spread", 100_000, rep);
    samples.extend(measured("W3 herd, 100,000 entries", OWN, "herd", 100_000, rep));
    Ok(samples)
}

pub(super) fn million(rep: usize) -> Result<Vec<Sample>> {
    let mut samples = measured("W3 spread, 1,000,000 entries", OWN, "spread", 1_000_000, rep);
    samples.extend(measured("W3 herd, 1,000,000 entries", OWN, "herd", 1_000_000, rep));
    Ok(samples)
}
