//! Instants as RFC 3339 writes them: a date, a time of day, an offset.

use std::fmt;

use crate::CivilDateTime;

/// An instant that was written by RFC 3339, as time since 1970-01-01T00:00:00Z.
///
/// Values order as time does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rfc3339 {
    seconds: i64,
    nanoseconds: u32,
}

impl Rfc3339 {
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds after the whole second.
    pub const fn nanoseconds(self) -> u32 {
        self.nanoseconds
    }
}

/// Reads an instant such as `2030-01-31T09:00:00Z` or `2030-01-31T09:00:00.5+01:00`.
///
/// A space may stand for the `T`. Seconds and offset are required, a fraction
/// has at most nine digits, and the leap second `:60` is refused: no clock
/// that schedules follow shows it.
///
/// # Errors
///
/// The first mistake in the text, with a remedy.
///
/// # Examples
///
/// ```
/// use tasks_schedule::parse_rfc3339;
///
/// assert_eq!(parse_rfc3339("1970-01-01T01:00:00+01:00").unwrap().seconds(), 0);
///
/// let error = parse_rfc3339("2030-01-31T09:00:00").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "an offset is needed: `2030-01-31T09:00:00Z` is UTC, `2030-01-31T09:00:00+02:00` two hours ahead of it"
/// );
/// ```
pub fn parse_rfc3339(text: &str) -> Result<Rfc3339, Rfc3339Error> {
    let mut reader = Reader { text, rest: text.trim() };
    let date = reader.date()?;
    if !reader.take(|c| matches!(c, 'T' | 't' | ' ')) {
        return Err(reader.fail(if reader.rest.is_empty() { Problem::NoTime } else { Problem::Form }));
    }
    let time = reader.time()?;
    let nanoseconds = reader.fraction()?;
    let offset = reader.offset()?;
    if !reader.rest.is_empty() {
        return Err(reader.fail(Problem::Form));
    }
    let civil = CivilDateTime::new(date.0, date.1, date.2, time.0, time.1, time.2)
        .ok_or_else(|| reader.fail(Problem::NoSuchTime))?;
    Ok(Rfc3339 { seconds: civil.to_seconds() - offset, nanoseconds })
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Reader<'_> {
    fn fail(&self, problem: Problem) -> Rfc3339Error {
        Rfc3339Error { problem, text: self.text.trim().into() }
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self, digits: usize) -> Result<i16, Rfc3339Error> {
        let form = self.fail(Problem::Form);
        let number = self.rest.get(..digits).filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
        let number = number.ok_or(form)?;
        self.rest = &self.rest[digits..];
        // Four digits at most always fit.
        Ok(number.parse().unwrap_or_default())
    }

    fn pair(&mut self) -> Result<u8, Rfc3339Error> {
        self.number(2).map(|number| number.unsigned_abs() as u8)
    }

    fn expect(&mut self, character: char) -> Result<(), Rfc3339Error> {
        if self.take(|c| c == character) { Ok(()) } else { Err(self.fail(Problem::Form)) }
    }

    fn date(&mut self) -> Result<(i16, u8, u8), Rfc3339Error> {
        let year = self.number(4)?;
        self.expect('-')?;
        let month = self.pair()?;
        self.expect('-')?;
        let day = self.pair()?;
        match CivilDateTime::new(year, month, day, 0, 0, 0) {
            Some(_) => Ok((year, month, day)),
            None => Err(self.fail(Problem::NoSuchDate)),
        }
    }

    fn time(&mut self) -> Result<(u8, u8, u8), Rfc3339Error> {
        let hour = self.pair()?;
        self.expect(':')?;
        let minute = self.pair()?;
        if !self.take(|c| c == ':') {
            return Err(self.fail(Problem::NoSeconds));
        }
        Ok((hour, minute, self.pair()?))
    }

    fn fraction(&mut self) -> Result<u32, Rfc3339Error> {
        if !self.take(|c| c == '.') {
            return Ok(0);
        }
        let mut digits = 0;
        let mut nanoseconds = 0;
        while let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(10)) {
            digits += 1;
            if digits > 9 {
                return Err(self.fail(Problem::TooFine));
            }
            nanoseconds = nanoseconds * 10 + digit;
            self.rest = &self.rest[1..];
        }
        if digits == 0 {
            return Err(self.fail(Problem::Form));
        }
        Ok(nanoseconds * 10_u32.pow(9 - digits))
    }

    fn offset(&mut self) -> Result<i64, Rfc3339Error> {
        if self.take(|c| matches!(c, 'Z' | 'z')) {
            return Ok(0);
        }
        let sign = match self.rest.chars().next() {
            Some('+') => 1,
            Some('-') => -1,
            None => return Err(self.fail(Problem::NoOffset)),
            Some(_) => return Err(self.fail(Problem::Form)),
        };
        self.rest = &self.rest[1..];
        let hours = self.pair()?;
        self.expect(':')?;
        let minutes = self.pair()?;
        if hours > 23 || minutes > 59 {
            return Err(self.fail(Problem::NoSuchOffset));
        }
        Ok(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
    }
}

/// What is wrong with an instant; made by [`parse_rfc3339`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rfc3339Error {
    problem: Problem,
    text: Box<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    Form,
    NoTime,
    NoSeconds,
    NoOffset,
    NoSuchDate,
    NoSuchTime,
    NoSuchOffset,
    TooFine,
}

impl fmt::Display for Rfc3339Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text.escape_debug();
        match self.problem {
            Problem::Form => {
                write!(f, "`{text}` is no RFC 3339 instant: write it as `2030-01-31T09:00:00Z`")
            }
            Problem::NoTime => write!(f, "a time of day is needed: `{text}T09:00:00Z`"),
            Problem::NoSeconds => {
                write!(f, "seconds are needed after hour and minute, as in `2030-01-31T09:00:00Z`")
            }
            Problem::NoOffset => {
                write!(f, "an offset is needed: `{text}Z` is UTC, `{text}+02:00` two hours ahead of it")
            }
            Problem::NoSuchDate => write!(f, "the calendar has no such date: `{text}`"),
            Problem::NoSuchTime => write!(f, "there is no such time of day: `{text}`"),
            Problem::NoSuchOffset => write!(f, "there is no such offset: `{text}`"),
            Problem::TooFine => write!(f, "the fraction is finer than a nanosecond: `{text}`"),
        }
    }
}

impl std::error::Error for Rfc3339Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse_rfc3339(text).unwrap_err().to_string()
    }

    #[test]
    fn agrees_with_jiff_on_what_both_read() {
        for text in [
            "2030-01-31T09:00:00Z",
            "2030-01-31 09:00:00Z",
            "2030-01-31t09:00:00z",
            "2030-01-31T09:00:00.000000001+01:00",
            "2028-02-29T23:59:59.5-11:30",
            "0001-01-01T00:00:00Z",
            "9999-12-30T23:59:59+23:59",
        ] {
            let ours = parse_rfc3339(text).unwrap();
            let theirs: jiff::Timestamp = text.parse().unwrap();
            assert_eq!(
                i128::from(ours.seconds()) * 1_000_000_000 + i128::from(ours.nanoseconds()),
                theirs.as_nanosecond(),
                "{text}"
            );
        }
    }

    #[test]
    fn each_mistake_names_its_remedy() {
        assert_eq!(message("2030-01-31"), "a time of day is needed: `2030-01-31T09:00:00Z`");
        assert!(message("2030-01-31T09:00Z").starts_with("seconds are needed"));
        assert!(message("2030-01-31T09:00:00").starts_with("an offset is needed"));
        assert!(message("2030-02-30T09:00:00Z").starts_with("the calendar has no such date"));
        assert!(message("2030-01-31T25:00:00Z").starts_with("there is no such time of day"));
        assert!(message("2030-01-31T09:00:60Z").starts_with("there is no such time of day"));
        assert!(message("2030-01-31T09:00:00+24:00").starts_with("there is no such offset"));
        assert!(message("2030-01-31T09:00:00.0123456789Z").starts_with("the fraction is finer"));
        for text in [
            "",
            "tomorrow",
            "31.01.2030",
            "2030-1-31T09:00:00Z",
            "2030-01-31T09:00:00Z ago",
            "２０３０",
            "2030-01-31T09:00:00.Z",
        ] {
            assert!(message(text).contains("is no RFC 3339 instant"), "{text}");
        }
    }
}
