//! Figures, and what is made of them.

use std::{collections::BTreeMap, fmt, str::FromStr};

use anyhow::{Context as _, Error};

/// The figures of one contender in one turn of one workload.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// What was measured, in the words of the table.
    pub(crate) workload: String,
    pub(crate) contender: String,
    /// Which turn.
    pub(crate) rep: usize,
    pub(crate) figures: BTreeMap<String, f64>,
}

impl Sample {
    pub(crate) fn new(workload: impl Into<String>, contender: impl Into<String>, rep: usize) -> Self {
        Self { workload: workload.into(), contender: contender.into(), rep, figures: BTreeMap::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: f64) -> Self {
        self.figures.insert(name.to_owned(), value);
        self
    }

    /// Takes the figures from a line `figures name=value …`.
    pub(crate) fn read(&mut self, line: &str) -> Result<(), Error> {
        for pair in line.strip_prefix("figures ").unwrap_or_default().split_whitespace() {
            let (name, value) = pair.split_once('=').with_context(|| format!("no figure: {pair}"))?;
            self.figures.insert(name.to_owned(), value.parse()?);
        }
        Ok(())
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}|{}|", self.workload, self.contender, self.rep)?;
        let pairs: Vec<String> = self
            .figures
            .iter()
            .map(|(name, value)| format!("{name}={}", (value * 1e3).round() / 1e3))
            .collect();
        f.write_str(&pairs.join(" "))
    }
}

impl FromStr for Sample {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = line.splitn(4, '|').collect();
        let [workload, contender, rep, figures] = parts[..] else {
            anyhow::bail!("no sample: {line}");
        };
        let mut sample = Self::new(workload, contender, rep.parse()?);
        sample.read(&format!("figures {figures}"))?;
        Ok(sample)
    }
}

/// Returns the middle one, or the mean of the two in the middle; none of nothing.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        len if len % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_reads_what_it_writes() -> Result<(), Error> {
        let mut sample = Sample::new("W1, 1,000 runs", "hand", 3);
        sample.read("figures ns=12.500 peak_mb=3")?;
        assert_eq!(sample.to_string(), "W1, 1,000 runs|hand|3|ns=12.5 peak_mb=3");
        assert_eq!(sample.to_string().parse::<Sample>()?, sample);
        Ok(())
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }
}
