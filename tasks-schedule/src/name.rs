//! Which names a task may have, and which of them are equal.

use std::fmt;

/// The longest name, in characters.
pub const MAX_LEN: usize = 64;

/// Says whether a task may be called `name`.
///
/// A name consists of ASCII letters, digits, `_` and `-`; it starts with a
/// letter, has no two separators in a row and none at the end, and is at most
/// [`MAX_LEN`] characters long.
///
/// # Errors
///
/// The first rule that the name breaks, with the offset of the character that
/// breaks it.
///
/// ```
/// use tasks_schedule::name;
///
/// const { assert!(name::check("prune-sessions").is_ok()) }
/// let error = name::check("prune sessions").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a task's name has letters, digits, `_` and `-` only, not ` ` (column 6)"
/// );
/// ```
pub const fn check(name: &str) -> Result<(), NameError> {
    let bytes = name.as_bytes();
    let mut separated = false;
    let mut at = 0;
    // What comes before a mistake is ASCII: bytes are characters up to there.
    while at < bytes.len() {
        let separator = matches!(bytes[at], b'_' | b'-');
        let problem = if !separator && !bytes[at].is_ascii_alphanumeric() {
            Some(Problem::Character(character(bytes, at)))
        } else if at == 0 && !bytes[at].is_ascii_alphabetic() {
            Some(Problem::Start(bytes[at] as char))
        } else if separator && separated {
            Some(Problem::TwoSeparators)
        } else if at == MAX_LEN {
            Some(Problem::TooLong)
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(NameError { problem, offset: at, column: at + 1 });
        }
        separated = separator;
        at += 1;
    }
    if at == 0 {
        return Err(NameError { problem: Problem::Empty, offset: 0, column: 0 });
    }
    if separated {
        return Err(NameError { problem: Problem::SeparatorAtEnd, offset: at - 1, column: at });
    }
    Ok(())
}

/// Says whether a name is valid and its own folded form, as that of nearly every
/// function. [`check`] says what is wrong with another, if anything is.
pub const fn is_plain(name: &str) -> bool {
    const OTHER: u8 = 0;
    const LETTER: u8 = 1;
    const DIGIT: u8 = 2;
    const SEPARATOR: u8 = 3;
    /// What each byte is. A program may have thousands of names, and looks at each of their bytes.
    const KINDS: [u8; 256] = {
        let (mut kinds, mut byte) = ([OTHER; 256], 0);
        while byte < 256 {
            kinds[byte] = match byte as u8 {
                b'a'..=b'z' => LETTER,
                b'0'..=b'9' => DIGIT,
                b'_' => SEPARATOR,
                _ => OTHER,
            };
            byte += 1;
        }
        kinds
    };
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.len() > MAX_LEN || KINDS[bytes[0] as usize] != LETTER {
        return false;
    }
    let (mut before, mut at) = (LETTER, 1);
    while at < bytes.len() {
        let kind = KINDS[bytes[at] as usize];
        if kind == OTHER || kind == SEPARATOR && before == SEPARATOR {
            return false;
        }
        before = kind;
        at += 1;
    }
    before != SEPARATOR
}

/// The character that begins at a byte of a text, which const evaluation has
/// no iterator for.
const fn character(text: &[u8], at: usize) -> char {
    let (mut code, more) = match text[at] {
        byte @ 0xF0.. => (byte as u32 & 0x07, 3),
        byte @ 0xE0.. => (byte as u32 & 0x0F, 2),
        byte @ 0xC0.. => (byte as u32 & 0x1F, 1),
        byte => (byte as u32, 0),
    };
    let mut next = at + 1;
    while next <= at + more {
        code = code << 6 | text[next] as u32 & 0x3F;
        next += 1;
    }
    match char::from_u32(code) {
        Some(character) => character,
        None => char::REPLACEMENT_CHARACTER,
    }
}

/// Folds a name so that equal names become the same string: neither case nor
/// the choice between `-` and `_` counts.
///
/// ```
/// use tasks_schedule::name::fold;
///
/// assert_eq!(fold("Prune-Sessions"), fold("prune_sessions"));
/// ```
pub fn fold(name: &str) -> String {
    name.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// The rule that a name breaks; made by [`check`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError {
    problem: Problem,
    offset: usize,
    column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    Empty,
    TooLong,
    Start(char),
    Character(char),
    TwoSeparators,
    SeparatorAtEnd,
}

impl NameError {
    /// Where the name breaks the rule, in bytes from its start.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The rule, as it follows "a name": for const evaluation, which can panic
    /// with a `&'static str` only. `Display` says more.
    pub const fn rule(&self) -> &'static str {
        match self.problem {
            Problem::Empty => "is empty",
            Problem::TooLong => "is longer than 64 characters",
            Problem::Start(_) => "starts with a letter",
            Problem::Character(_) => "has letters, digits, `_` and `-` only",
            Problem::TwoSeparators => "has no two separators in a row",
            Problem::SeparatorAtEnd => "does not end with a separator",
        }
    }
}

// As the rule says.
const _: () = assert!(MAX_LEN == 64);

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a task's name {}", self.rule())?;
        let column = self.column;
        match self.problem {
            Problem::Empty | Problem::TooLong => Ok(()),
            Problem::Start(c) => write!(f, ", not with `{c}`"),
            Problem::Character(c) => write!(f, ", not `{}` (column {column})", c.escape_debug()),
            Problem::TwoSeparators | Problem::SeparatorAtEnd => write!(f, " (column {column})"),
        }
    }
}

impl std::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_is_one_that_may_be_and_folds_to_itself() {
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            let longer =
                texts.iter().flat_map(|text| "az09_-AZ é{`/:".chars().map(move |c| format!("{text}{c}")));
            let longer: Vec<String> = longer.collect();
            for text in &longer {
                let is_good = check(text).is_ok();
                let is_folded = fold(text) == **text;
                assert_eq!(is_plain(text), is_good && is_folded, "{text}");
            }
            texts = longer.into_iter().filter(|text| text.len() < 4).collect();
        }
        for len in [MAX_LEN, MAX_LEN + 1] {
            let text = "a".repeat(len);
            assert_eq!(is_plain(&text), check(&text).is_ok(), "{len}");
        }
    }
}
