//! What was measured, kept in a file: a section that is measured again replaces
//! what it was, and the page is made from all of them.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, Result};

use crate::numbers::Sample;

/// One section as it was measured last.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) section: String,
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) samples: Vec<Sample>,
}

#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) sections: Vec<Measured>,
}

impl Store {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let mut store = Self::default();
        // Nothing was measured yet, then.
        let text = fs::read_to_string(path).unwrap_or_default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix("== ") {
                Some(head) => {
                    let parts: Vec<&str> = head.splitn(3, '|').collect();
                    let [section, date, machine] = parts[..] else {
                        anyhow::bail!("no section: {head}");
                    };
                    store.sections.push(Measured {
                        section: section.to_owned(),
                        date: date.to_owned(),
                        machine: machine.to_owned(),
                        samples: Vec::new(),
                    });
                }
                None => {
                    let section = store.sections.last_mut().context("a sample before its section")?;
                    section.samples.push(line.parse()?);
                }
            }
        }
        Ok(store)
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let mut text = String::from(
            "# What `cargo xtask bench --write` measured: section, date and machine, then each\n\
             # turn of each contender. docs/performance.md is made from it.\n",
        );
        for section in &self.sections {
            writeln!(text, "== {}|{}|{}", section.section, section.date, section.machine)?;
            for sample in &section.samples {
                writeln!(text, "{sample}")?;
            }
        }
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    pub(crate) fn replace(&mut self, section: &str, date: &str, machine: &str, samples: Vec<Sample>) {
        self.sections.retain(|measured| measured.section != section);
        self.sections.push(Measured {
            section: section.to_owned(),
            date: date.to_owned(),
            machine: machine.to_owned(),
            samples,
        });
        self.sections.sort_by_key(|measured| crate::sections::place(&measured.section));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_measured_again_replaces_itself_in_its_place() -> Result<()> {
        let path = std::env::temp_dir().join(format!("bench-store-{}", std::process::id()));
        let mut store = Store::default();
        store.replace("w4", "2026-01-01", "here", vec![Sample::new("W4", "hand", 0).with("wakes", 1.0)]);
        store.replace("w1-200k", "2026-01-01", "here", vec![]);
        store.save(&path)?;
        let mut store = Store::load(&path)?;
        store.replace("w4", "2026-01-02", "there", vec![]);
        fs::remove_file(&path)?;
        let kept: Vec<_> =
            store.sections.iter().map(|m| (&m.section[..], &m.date[..], m.samples.len())).collect();
        assert_eq!(kept, [("w1-200k", "2026-01-01", 0), ("w4", "2026-01-02", 0)]);
        Ok(())
    }
}
