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
/// assert!(name::check("prune-sessions").is_ok());
/// let error = name::check("prune sessions").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a task's name has letters, digits, `_` and `-` only, not ` ` (column 6)"
/// );
/// ```
pub fn check(name: &str) -> Result<(), NameError> {
    let mut separated = false;
    let mut length = 0;
    for (offset, character) in name.char_indices() {
        let fail = |problem| Err(NameError { problem, offset, column: length + 1 });
        let separator = matches!(character, '_' | '-');
        if !separator && !character.is_ascii_alphanumeric() {
            return fail(Problem::Character(character));
        }
        if offset == 0 && !character.is_ascii_alphabetic() {
            return fail(Problem::Start(character));
        }
        if separator && separated {
            return fail(Problem::TwoSeparators);
        }
        if length == MAX_LEN {
            return fail(Problem::TooLong);
        }
        separated = separator;
        length += 1;
    }
    let end = |problem| NameError { problem, offset: name.len().saturating_sub(1), column: length };
    match () {
        () if name.is_empty() => Err(end(Problem::Empty)),
        () if separated => Err(end(Problem::SeparatorAtEnd)),
        () => Ok(()),
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
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self.column;
        match self.problem {
            Problem::Empty => write!(f, "a task's name is empty"),
            Problem::TooLong => write!(f, "a task's name is longer than {MAX_LEN} characters"),
            Problem::Start(c) => write!(f, "a task's name starts with a letter, not with `{c}`"),
            Problem::Character(c) => write!(
                f,
                "a task's name has letters, digits, `_` and `-` only, not `{}` (column {column})",
                c.escape_debug()
            ),
            Problem::TwoSeparators => {
                write!(f, "a task's name has no two separators in a row (column {column})")
            }
            Problem::SeparatorAtEnd => {
                write!(f, "a task's name does not end with a separator (column {column})")
            }
        }
    }
}

impl std::error::Error for NameError {}
