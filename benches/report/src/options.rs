//! The command line.

use anyhow::{Context as _, Result, bail};

use crate::sections::{SECTIONS, Section};

const HELP: &str = "cargo xtask bench [SECTION…] [--reps N] [--quick] [--no-build] [--write] [--render]

Builds this framework and its peers, runs them in turn, and prints one table:
medians, and in brackets the median of the ratios to `hand` of the same turn.

  --reps N   so many turns; by default 5, and fewer in the sections that say so
  --quick    3 turns, and 1 where the default is less than 5
  --no-build measures what was built before
  --write    puts what was measured into benches/results.txt and docs/performance.md
  --render   measures nothing that is not named, and writes docs/performance.md anew

A section is named by the beginning of its name, so `w3` means all of W3:
";

pub(crate) struct Options {
    pub(crate) sections: Vec<&'static Section>,
    pub(crate) write: bool,
    pub(crate) render: bool,
    pub(crate) build: bool,
    reps: Option<usize>,
    quick: bool,
}

impl Options {
    /// Reads the command line; none if it asked for help and has got it.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let mut options =
            Self { sections: Vec::new(), write: false, render: false, build: true, reps: None, quick: false };
        let (mut words, mut named) = (words, Vec::new());
        while let Some(word) = words.next() {
            match word.as_str() {
                "--write" => options.write = true,
                "--render" => options.render = true,
                "--no-build" => options.build = false,
                "--quick" => options.quick = true,
                "--reps" => {
                    let reps: usize = words.next().context("--reps needs a number")?.parse()?;
                    anyhow::ensure!(reps > 0, "--reps needs a number above 0");
                    options.reps = Some(reps);
                }
                "--help" | "help" => {
                    eprint!("{HELP}");
                    for section in SECTIONS {
                        eprintln!("  {:<16}{} ({} turns)", section.name, section.what, section.reps);
                    }
                    return Ok(None);
                }
                flag if flag.starts_with('-') => bail!("there is no {flag}; see --help"),
                _ => named.push(word),
            }
        }
        for name in &named {
            if !SECTIONS.iter().any(|section| section.name.starts_with(name.as_str())) {
                bail!("there is no section {name}; see --help");
            }
        }
        let all = named.is_empty() && !options.render;
        options.sections = SECTIONS
            .iter()
            .filter(|section| all || named.iter().any(|name| section.name.starts_with(name.as_str())))
            .collect();
        Ok(Some(options))
    }

    pub(crate) fn reps(&self, section: &Section) -> usize {
        match (self.reps, self.quick) {
            (Some(reps), _) => reps,
            (None, false) => section.reps,
            (None, true) if section.reps < 5 => 1,
            (None, true) => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Option<Options>> {
        Options::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_section_is_named_by_its_beginning() -> Result<()> {
        let options = read("w3 --quick")?.context("no help was asked for")?;
        assert!(options.sections.iter().all(|section| section.name.starts_with("w3")));
        assert!(options.sections.len() > 1 && !options.write);
        Ok(())
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for line in ["w9", "--fast", "--reps", "--reps 0", "--reps many"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
