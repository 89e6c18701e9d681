//! The part of `docs/performance.md` that is made from what was measured.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use anyhow::{Context as _, Result};

use crate::{build, store::Store, table};

const BEGIN: &str = "<!-- made by `cargo xtask bench --write`: begin -->\n";
const END: &str = "<!-- end -->";

/// Puts the table and what must be known of it between the two marks.
pub(crate) fn write(store: &Store) -> Result<()> {
    let path = build::project().join("docs/performance.md");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    fs::write(&path, replaced(&text, &block(store))?)?;
    Ok(())
}

fn replaced(text: &str, block: &str) -> Result<String> {
    let (before, rest) = text.split_once(BEGIN).context("docs/performance.md has lost its first mark")?;
    let (_, after) = rest.split_once(END).context("docs/performance.md has lost its second mark")?;
    Ok(format!("{before}{BEGIN}{block}{END}{after}"))
}

fn block(store: &Store) -> String {
    let mut text = String::from("\n");
    let mut machines: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for measured in &store.sections {
        let turns = measured.samples.iter().map(|sample| sample.rep + 1).max().unwrap_or(0);
        let section = format!("`{}` ({turns})", measured.section);
        machines.entry((&measured.date, &measured.machine)).or_default().push(section);
    }
    for ((date, machine), sections) in machines {
        // Writing to a string does not fail.
        let _ = writeln!(text, "- {date}, {machine}: {}", sections.join(", "));
    }
    text.push('\n');
    text.push_str(&table::render(store, None));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() -> Result<()> {
        let text = format!("# Title\n{BEGIN}old\n{END}\n## Method\n");
        let new = replaced(&text, "new\n")?;
        assert_eq!(new, format!("# Title\n{BEGIN}new\n{END}\n## Method\n"));
        assert_eq!(replaced(&new, "new\n")?, new);
        assert!(replaced("# Title", "new\n").is_err());
        Ok(())
    }
}
