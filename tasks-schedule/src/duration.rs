//! Durations as users write them: `humantime`'s grammar, made strict.

mod error;
mod unit;

use std::fmt;
use std::time::Duration;

pub use error::DurationError;
use error::Problem;
use unit::{Unit, UnitWord};

/// The longest duration that a schedule or limit may have: 10 years of 365.25
/// days. Timers of the runtime are exact far beyond it, and sums of two such
/// durations and an instant never overflow.
pub const MAX_DURATION: Duration = Duration::from_secs(315_576_000);

/// The shortest duration that is not zero: one millisecond, because that is
/// how fine the runtime's timers are.
pub const MIN_DURATION: Duration = Duration::from_millis(1);

/// Reads a duration such as `90s`, `1h 30m`, `1.5h` or `2 days`.
///
/// The grammar is that of the `humantime` crate, with what is easily misread
/// taken out: each number needs a unit, no unit occurs twice, digits are not
/// separated, spaces are ASCII, and there are no months and years, which have
/// no fixed length (and whose `M` is one key away from the minute). A fraction
/// must come to whole nanoseconds, and from hours upwards to whole seconds.
///
/// Zero is a duration; options that need time to pass refuse it themselves.
/// Anything else lies between [`MIN_DURATION`] and [`MAX_DURATION`].
///
/// # Errors
///
/// The first mistake in the text, with its place and a remedy.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tasks_schedule::parse_duration;
///
/// const POLL: Duration = match parse_duration("1h 30m") {
///     Ok(duration) => duration,
///     Err(error) => panic!("{}", error.message()),
/// };
/// assert_eq!(POLL, Duration::from_secs(5400));
///
/// let error = parse_duration("5").unwrap_err();
/// assert_eq!(error.to_string(), "a unit is needed: write `5s`, `5m` or `5h`");
/// ```
pub const fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let bytes = text.as_bytes();
    let mut nanos: u128 = 0;
    let mut seen: u32 = 0;
    let mut at = skip_spaces(bytes, 0);
    if at == bytes.len() {
        return Err(DurationError::new(Problem::Empty, bytes, 0, 0));
    }
    while at < bytes.len() {
        let start = at;
        let number = match read_number(bytes, &mut at) {
            Ok(number) => number,
            Err(error) => return Err(error),
        };
        let number_end = at;
        at = skip_spaces(bytes, at);
        let word = at;
        at = skip_letters(bytes, at);
        let unit = match UnitWord::read(bytes, word, at) {
            UnitWord::Unit(unit) => unit,
            UnitWord::Calendar => {
                return Err(DurationError::new(Problem::CalendarUnit, bytes, word, at));
            }
            UnitWord::Unknown if word < at => {
                return Err(DurationError::new(Problem::UnknownUnit, bytes, word, at));
            }
            UnitWord::Unknown if at == bytes.len() || bytes[at].is_ascii_digit() => {
                return Err(DurationError::new(Problem::NoUnit, bytes, start, number_end));
            }
            UnitWord::Unknown => return Err(stray_character(bytes, at)),
        };
        if seen & unit.bit() != 0 {
            return Err(DurationError::new(Problem::RepeatedUnit, bytes, word, at));
        }
        seen |= unit.bit();
        nanos += match number.nanos(unit) {
            Some(nanos) => nanos,
            None => return Err(DurationError::new(Problem::TooFine, bytes, start, at)),
        };
        at = skip_spaces(bytes, at);
    }
    if nanos > MAX_DURATION.as_nanos() {
        return Err(DurationError::new(Problem::TooLong, bytes, 0, bytes.len()));
    }
    if nanos > 0 && nanos < MIN_DURATION.as_nanos() {
        return Err(DurationError::new(Problem::TooShort, bytes, 0, bytes.len()));
    }
    let (secs, subsec) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    Ok(Duration::new(secs as u64, subsec as u32))
}

/// A decimal number: its whole part, and its fraction as a quotient.
struct Number {
    whole: u128,
    numerator: u64,
    denominator: u64,
}

impl Number {
    /// This many units in nanoseconds, or `None` where the fraction is finer
    /// than `humantime` allows: its steps of checked arithmetic are kept, so
    /// that the two accept the same texts.
    const fn nanos(&self, unit: Unit) -> Option<u128> {
        let whole = self.whole * unit.nanos() as u128;
        if self.denominator == 1 {
            return Some(whole);
        }
        let Some((scale, grain)) = unit.fraction() else { return None };
        match self.numerator.checked_mul(scale) {
            Some(product) if product % self.denominator == 0 => {
                Some(whole + (product / self.denominator) as u128 * grain as u128)
            }
            _ => None,
        }
    }
}

const fn read_number(bytes: &[u8], at: &mut usize) -> Result<Number, DurationError> {
    let start = *at;
    let mut number = Number { whole: 0, numerator: 0, denominator: 1 };
    while *at < bytes.len() && bytes[*at].is_ascii_digit() {
        // Saturation well past the longest duration keeps sums in range.
        number.whole = number.whole * 10 + (bytes[*at] - b'0') as u128;
        if number.whole > u64::MAX as u128 {
            number.whole = u64::MAX as u128;
        }
        *at += 1;
    }
    if *at == start {
        let word_end = skip_letters(bytes, start);
        if word_end > start {
            return Err(DurationError::new(Problem::NoNumber, bytes, start, word_end));
        }
        return Err(stray_character(bytes, start));
    }
    if *at == bytes.len() || bytes[*at] != b'.' {
        return Ok(number);
    }
    let point = *at;
    *at += 1;
    while *at < bytes.len() && bytes[*at].is_ascii_digit() {
        let digit = (bytes[*at] - b'0') as u64;
        *at += 1;
        let denominator = number.denominator.checked_mul(10);
        let numerator = number.numerator.checked_mul(10);
        match (numerator, denominator) {
            (Some(numerator), Some(denominator)) if numerator <= u64::MAX - digit => {
                number.numerator = numerator + digit;
                number.denominator = denominator;
            }
            _ => return Err(DurationError::new(Problem::TooFine, bytes, start, *at)),
        }
    }
    if *at == point + 1 {
        return Err(stray_character(bytes, point));
    }
    Ok(number)
}

const fn stray_character(bytes: &[u8], at: usize) -> DurationError {
    let mut end = at + 1;
    // The bytes of one character stay together.
    while end < bytes.len() && bytes[end] & 0xC0 == 0x80 {
        end += 1;
    }
    DurationError::new(Problem::StrayCharacter, bytes, at, end)
}

const fn skip_spaces(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at].is_ascii_whitespace() {
        at += 1;
    }
    at
}

const fn skip_letters(bytes: &[u8], mut at: usize) -> usize {
    loop {
        if at < bytes.len() && bytes[at].is_ascii_alphabetic() {
            at += 1;
        } else if at + 1 < bytes.len() && bytes[at] == 0xC2 && bytes[at + 1] == 0xB5 {
            // U+00B5, the micro sign of `µs`.
            at += 2;
        } else {
            return at;
        }
    }
}

/// Shows a duration in the grammar that [`parse_duration`] reads, such as
/// `1h 30m`.
///
/// Whole days are the largest unit: `humantime`, which prints the rest, would
/// go on to months and years, which cannot be read back.
///
/// ```
/// use std::time::Duration;
/// use tasks_schedule::format_duration;
///
/// assert_eq!(format_duration(Duration::from_secs(5400)).to_string(), "1h 30m");
/// assert_eq!(format_duration(Duration::from_secs(90 * 86_400)).to_string(), "90days");
/// ```
pub fn format_duration(duration: Duration) -> impl fmt::Display + fmt::Debug {
    Formatted(duration)
}

#[derive(Debug)]
struct Formatted(Duration);

impl fmt::Display for Formatted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: u64 = 86_400;
        let days = self.0.as_secs() / DAY;
        let rest = self.0 - Duration::from_secs(days * DAY);
        match days {
            0 => {}
            1 => write!(f, "1day")?,
            _ => write!(f, "{days}days")?,
        }
        if days == 0 || !rest.is_zero() {
            let gap = if days == 0 { "" } else { " " };
            write!(f, "{gap}{}", humantime::format_duration(rest))?;
        }
        Ok(())
    }
}
