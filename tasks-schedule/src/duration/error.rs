//! What can be wrong with a duration, in words.

use std::fmt;

/// The place and nature of a mistake in a duration; made by
/// [`parse_duration`](crate::parse_duration).
///
/// It is a small `Copy` value, so that const evaluation can carry it out of a
/// `const fn`. There, [`message`](Self::message) is what a panic can show;
/// `Display` says more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DurationError {
    problem: Problem,
    offset: usize,
    len: usize,
    // The text itself cannot be borrowed from a value without a lifetime, so
    // its beginning is kept.
    found: [u8; FOUND_MAX],
}

const FOUND_MAX: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Empty,
    NoNumber,
    NoUnit,
    UnknownUnit,
    CalendarUnit,
    RepeatedUnit,
    StrayCharacter,
    TooFine,
    TooLong,
    TooShort,
}

impl DurationError {
    /// An error about the bytes `start..end` of the text.
    pub(super) const fn new(problem: Problem, text: &[u8], start: usize, end: usize) -> Self {
        let mut found = [0; FOUND_MAX];
        let mut i = 0;
        while i < FOUND_MAX && start + i < end {
            found[i] = text[start + i];
            i += 1;
        }
        Self { problem, offset: start, len: end - start, found }
    }

    /// Where the mistake begins, in bytes from the start of the text.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes of the text the mistake covers; 0 for an empty text.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether the mistake covers no text, which an empty duration does.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What is wrong, without the text in question: for const evaluation,
    /// which can panic with a `&'static str` only.
    pub const fn message(&self) -> &'static str {
        match self.problem {
            Problem::Empty => "the duration is empty: write a number and a unit, such as `5s`",
            Problem::NoNumber => "a number is needed before the unit, such as `5s`",
            Problem::NoUnit => "a unit is needed after each number, such as `5s`, `5m` or `5h`",
            Problem::UnknownUnit => {
                "unknown unit in the duration: the units are ns, us, ms, s, m, h, d and w"
            }
            Problem::CalendarUnit => {
                "months and years have no fixed length (`M` means months, `m` minutes): \
                 write days, or use a cron expression"
            }
            Problem::RepeatedUnit => "a unit occurs twice in the duration: add the two up",
            Problem::StrayCharacter => {
                "a character that does not belong in a duration: write numbers with units, \
                 such as `1h 30m`"
            }
            Problem::TooFine => "the fraction is too fine: use a smaller unit",
            Problem::TooLong => "the duration is longer than 10 years (3652days 12h)",
            Problem::TooShort => "the duration is shorter than a millisecond: write `1ms` or more",
        }
    }

    /// The beginning of the text in question, cut between two characters.
    fn found(&self) -> String {
        let kept = &self.found[..self.len.min(FOUND_MAX)];
        let cut = self.len > FOUND_MAX;
        let mut found = String::from_utf8_lossy(kept).into_owned();
        if cut {
            while found.ends_with(char::REPLACEMENT_CHARACTER) {
                found.pop();
            }
            found.push('…');
        }
        found.escape_debug().to_string()
    }
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.found();
        match self.problem {
            Problem::Empty => f.write_str(self.message()),
            Problem::NoNumber => write!(f, "a number is needed before `{found}`"),
            Problem::NoUnit => {
                write!(f, "a unit is needed: write `{found}s`, `{found}m` or `{found}h`")
            }
            Problem::UnknownUnit => {
                write!(f, "unknown unit `{found}`: the units are ns, us, ms, s, m, h, d and w")
            }
            Problem::CalendarUnit if self.len == 1 && self.found[0] == b'M' => {
                write!(f, "`M` means months, which have no fixed length: write `m` for minutes, ")?;
                write!(f, "days, or use a cron expression")
            }
            Problem::CalendarUnit => {
                write!(f, "`{found}` has no fixed length: write days, or use a cron expression")
            }
            Problem::RepeatedUnit => {
                write!(f, "the unit `{found}` occurs twice: add the two up")
            }
            Problem::StrayCharacter => write!(
                f,
                "`{found}` does not belong in a duration: write numbers with units, \
                 such as `1h 30m`"
            ),
            Problem::TooFine => write!(f, "`{found}` is too fine: use a smaller unit"),
            Problem::TooLong => write!(f, "`{found}` is longer than 10 years (3652days 12h)"),
            Problem::TooShort => {
                write!(f, "`{found}` is shorter than a millisecond: write `1ms` or more")
            }
        }
    }
}

impl fmt::Debug for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurationError")
            .field("problem", &self.problem)
            .field("offset", &self.offset)
            .field("found", &self.found())
            .finish()
    }
}

impl std::error::Error for DurationError {}
