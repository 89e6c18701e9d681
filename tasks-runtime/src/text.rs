//! Text of several parts.

use std::fmt::{Display, Write as _};

/// Puts a separator between the parts. Without a list of them first: both that
/// and `join` are much more to compile, for each kind of part.
pub(crate) fn joined<P: Display>(parts: impl IntoIterator<Item = P>, separator: &str) -> String {
    let mut text = String::new();
    let mut before = "";
    for part in parts {
        add(&mut text, before, &part);
        before = separator;
    }
    text
}

fn add(text: &mut String, before: &str, part: &dyn Display) {
    // Writing to a string does not fail.
    let _ = write!(text, "{before}{part}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_between_parts() {
        assert_eq!(joined(["a"; 0], ", "), "");
        assert_eq!(joined(["a"], ", "), "a");
        assert_eq!(joined([1, 2, 3], " -> "), "1 -> 2 -> 3");
        assert_eq!(joined(["", "", "a"], ","), ",,a");
    }
}
