//! No file speaks of the machine on which it was written.

use super::{Faults, File};
use crate::shell::root;

pub(super) fn check(files: &[File], faults: &mut Faults) {
    // Found out here, so that this file names no machine either.
    let home = std::env::var("HOME").unwrap_or_default();
    let checkout = root().to_string_lossy().into_owned();
    let places = [home, checkout];
    for file in files {
        for (line, number) in file.text.lines().zip(1..) {
            for place in places.iter().filter(|place| place.len() > 1 && speaks_of(line, place)) {
                faults.push(format!("{}:{number}: the path `{place}` of this machine", file.path));
            }
        }
    }
}

/// Whether the path stands there as a whole, not as the end of a longer one.
fn speaks_of(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '*' | '~');
        let begins = !line[..at].ends_with(is_name);
        let ends = line[at + place.len()..].chars().next().is_none_or(|c| c == '/' || !is_name(c));
        begins && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_counts_only_as_a_whole() {
        assert!(speaks_of("in /somewhere/deep/src", "/somewhere"));
        assert!(speaks_of("`/somewhere`", "/somewhere"));
        assert!(!speaks_of("target/somewhere", "target/some"));
        assert!(!speaks_of("a/somewhere/src", "/somewhere"));
    }
}
