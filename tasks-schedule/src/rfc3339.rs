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
/// ASCII space around it does not count, and a space may stand for the `T`. Seconds and offset are required, a fraction
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
/// const EPOCH: i64 = match parse_rfc3339("1970-01-01T01:00:00+01:00") {
///     Ok(instant) => instant.seconds(),
///     Err(error) => panic!("{}", error.message()),
/// };
/// assert_eq!(EPOCH, 0);
///
/// let error = parse_rfc3339("2030-01-31T09:00:00").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "an offset is needed: `2030-01-31T09:00:00Z` is UTC, `2030-01-31T09:00:00+02:00` two hours ahead of it"
/// );
/// ```
pub const fn parse_rfc3339(text: &str) -> Result<Rfc3339, Rfc3339Error> {
    let text = text.trim_ascii().as_bytes();
    match read(&mut Reader { text, at: 0 }) {
        Ok(instant) => Ok(instant),
        Err(problem) => Err(Rfc3339Error::new(problem, text)),
    }
}

const fn read(reader: &mut Reader<'_>) -> Result<Rfc3339, Problem> {
    let (year, month, day) = attempt!(reader.date());
    if !(reader.take(b'T') || reader.take(b't') || reader.take(b' ')) {
        return Err(if reader.is_at_end() { Problem::NoTime } else { Problem::Form });
    }
    let (hour, minute, second) = attempt!(reader.time());
    let nanoseconds = attempt!(reader.fraction());
    let offset = attempt!(reader.offset());
    if !reader.is_at_end() {
        return Err(Problem::Form);
    }
    match CivilDateTime::new(year, month, day, hour, minute, second) {
        Some(civil) => Ok(Rfc3339 { seconds: civil.to_seconds() - offset, nanoseconds }),
        None => Err(Problem::NoSuchTime),
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    const fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    const fn take(&mut self, wanted: u8) -> bool {
        let found = !self.is_at_end() && self.text[self.at] == wanted;
        if found {
            self.at += 1;
        }
        found
    }

    const fn digit(&mut self) -> Option<u8> {
        if self.is_at_end() || !self.text[self.at].is_ascii_digit() {
            return None;
        }
        self.at += 1;
        Some(self.text[self.at - 1] - b'0')
    }

    /// At most four digits: they always fit.
    const fn number(&mut self, digits: u8) -> Result<i16, Problem> {
        let mut number = 0;
        let mut read = 0;
        while read < digits {
            match self.digit() {
                Some(digit) => number = number * 10 + digit as i16,
                None => return Err(Problem::Form),
            }
            read += 1;
        }
        Ok(number)
    }

    const fn pair(&mut self) -> Result<u8, Problem> {
        Ok(attempt!(self.number(2)) as u8)
    }

    const fn expect(&mut self, character: u8) -> Result<(), Problem> {
        if self.take(character) { Ok(()) } else { Err(Problem::Form) }
    }

    const fn date(&mut self) -> Result<(i16, u8, u8), Problem> {
        let year = attempt!(self.number(4));
        attempt!(self.expect(b'-'));
        let month = attempt!(self.pair());
        attempt!(self.expect(b'-'));
        let day = attempt!(self.pair());
        match CivilDateTime::new(year, month, day, 0, 0, 0) {
            Some(_) => Ok((year, month, day)),
            None => Err(Problem::NoSuchDate),
        }
    }

    const fn time(&mut self) -> Result<(u8, u8, u8), Problem> {
        let hour = attempt!(self.pair());
        attempt!(self.expect(b':'));
        let minute = attempt!(self.pair());
        if !self.take(b':') {
            return Err(Problem::NoSeconds);
        }
        Ok((hour, minute, attempt!(self.pair())))
    }

    const fn fraction(&mut self) -> Result<u32, Problem> {
        if !self.take(b'.') {
            return Ok(0);
        }
        let mut digits = 0;
        let mut nanoseconds = 0;
        while let Some(digit) = self.digit() {
            digits += 1;
            if digits > 9 {
                return Err(Problem::TooFine);
            }
            nanoseconds = nanoseconds * 10 + digit as u32;
        }
        if digits == 0 {
            return Err(Problem::Form);
        }
        Ok(nanoseconds * 10_u32.pow(9 - digits))
    }

    const fn offset(&mut self) -> Result<i64, Problem> {
        if self.take(b'Z') || self.take(b'z') {
            return Ok(0);
        }
        if self.is_at_end() {
            return Err(Problem::NoOffset);
        }
        let ahead = self.take(b'+');
        if !ahead {
            attempt!(self.expect(b'-'));
        }
        let hours = attempt!(self.pair());
        attempt!(self.expect(b':'));
        let minutes = attempt!(self.pair());
        if hours > 23 || minutes > 59 {
            return Err(Problem::NoSuchOffset);
        }
        let length = hours as i64 * 3600 + minutes as i64 * 60;
        Ok(if ahead { length } else { -length })
    }
}

/// What is wrong with an instant; made by [`parse_rfc3339`].
///
/// It is a small `Copy` value, so that const evaluation can carry it out of a
/// `const fn`. There, [`message`](Self::message) is what a panic can show;
/// `Display` says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfc3339Error {
    problem: Problem,
    // The text itself cannot be borrowed from a value without a lifetime, so
    // its beginning is kept: more than an instant has.
    text: [u8; TEXT_MAX],
    len: usize,
}

const TEXT_MAX: usize = 48;

impl Rfc3339Error {
    const fn new(problem: Problem, text: &[u8]) -> Self {
        let mut kept = [0; TEXT_MAX];
        let mut at = 0;
        while at < text.len() && at < TEXT_MAX {
            kept[at] = text[at];
            at += 1;
        }
        Self { problem, text: kept, len: text.len() }
    }

    /// What is wrong, without the text in question: for const evaluation,
    /// which can panic with a `&'static str` only.
    pub const fn message(&self) -> &'static str {
        match self.problem {
            Problem::Form => "no RFC 3339 instant: write it as `2030-01-31T09:00:00Z`",
            Problem::NoTime => "a time of day is needed, as in `2030-01-31T09:00:00Z`",
            Problem::NoSeconds => "seconds are needed after hour and minute, as in `2030-01-31T09:00:00Z`",
            Problem::NoOffset => {
                "an offset is needed: end with `Z` for UTC, `+02:00` for two hours ahead of it"
            }
            Problem::NoSuchDate => "the calendar has no such date",
            Problem::NoSuchTime => "there is no such time of day",
            Problem::NoSuchOffset => "there is no such offset",
            Problem::TooFine => "the fraction is finer than a nanosecond",
        }
    }

    /// The text in question; a long one is cut between two characters.
    fn text(&self) -> String {
        let kept = &self.text[..self.len.min(TEXT_MAX)];
        let whole = kept.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let rest = if self.len > TEXT_MAX { "…" } else { "" };
        format!("{}{rest}", whole.escape_debug())
    }
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
        let (text, message) = (self.text(), self.message());
        match self.problem {
            Problem::Form => write!(f, "`{text}` is {message}"),
            Problem::NoTime => write!(f, "a time of day is needed: `{text}T09:00:00Z`"),
            Problem::NoSeconds => f.write_str(message),
            Problem::NoOffset => {
                write!(f, "an offset is needed: `{text}Z` is UTC, `{text}+02:00` two hours ahead of it")
            }
            Problem::NoSuchDate | Problem::NoSuchTime | Problem::NoSuchOffset | Problem::TooFine => {
                write!(f, "{message}: `{text}`")
            }
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

    #[test]
    fn a_long_text_is_shown_as_far_as_it_may_be_meant() {
        let text = format!("2030-01-31T09:00:00Z {}", "é".repeat(40));
        assert!(message(&text).starts_with(&format!("`2030-01-31T09:00:00Z {}…` is no RFC", "é".repeat(13))));
    }
}
