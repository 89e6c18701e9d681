//! The Rust version that we promise, in every place that states it.

use std::fs;

use crate::shell::{Result, root, say};

pub(crate) fn run(_: &[String]) -> Result {
    let manifest = fs::read_to_string(root().join("Cargo.toml"))?;
    let stated = value_of(&manifest, "rust-version").ok_or("Cargo.toml states no `rust-version`")?;
    if value_of(&manifest, "incompatible_msrv").is_none() {
        return Err("`incompatible_msrv` is not among the lints of the workspace".into());
    }
    for file in ["README.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root().join(file))?;
        for version in mentioned(&text) {
            if version != stated {
                return Err(format!("{file} says Rust {version}, Cargo.toml says {stated}").into());
            }
        }
    }
    if mentioned(&fs::read_to_string(root().join("README.md"))?).is_empty() {
        return Err("README.md does not say `Rust 1.…`".into());
    }
    say(&format!("Rust {stated}; clippy's incompatible_msrv looks at every call"));
    Ok(())
}

/// The text between quotes after `key = `.
fn value_of<'a>(manifest: &'a str, key: &str) -> Option<&'a str> {
    let line = manifest.lines().find(|line| line.split('=').next().is_some_and(|left| left.trim() == key))?;
    line.split('"').nth(1)
}

/// Every version in the form `Rust 1.88`.
fn mentioned(text: &str) -> Vec<String> {
    text.split("Rust 1.")
        .skip(1)
        .map(|rest| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            format!("1.{digits}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_mentions_are_found() {
        let manifest = "[workspace.package]\nrust-version = \"1.88\"\nincompatible_msrv = \"warn\"\n";
        assert_eq!(value_of(manifest, "rust-version"), Some("1.88"));
        assert_eq!(value_of(manifest, "edition"), None);
        assert_eq!(mentioned("Rust 1.88 or later, not Rust 1.7."), ["1.88", "1.7"]);
    }
}
