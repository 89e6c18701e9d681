//! One item of a field's list: a value, a range, a step, or a special day.

use super::fault::{Allowed, CronFault, Problem, Remedy};
use super::field::CronField;

/// An item that has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// `*`.
    All,
    /// Every `step`th value of a range.
    Span { first: u16, last: u16, step: u16, kind: SpanKind },
    /// `L` in the day-of-month field.
    LastDay,
    /// `LW`.
    LastWeekday,
    /// `15W`.
    NearestWeekday(u16),
    /// `5L`.
    LastOnWeekday(u16),
    /// `5#2`.
    NthWeekday(u16, u16),
}

/// Whether a span was written with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpanKind {
    Plain,
    Stepped,
}

/// A piece of the expression with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    pub(super) field: CronField,
    pub(super) text: &'a str,
    pub(super) offset: usize,
}

impl<'a> Piece<'a> {
    pub(super) const fn part(self, start: usize, end: usize) -> Self {
        let text = self.text.split_at(end).0.split_at(start).1;
        Self { text, offset: self.offset + start, ..self }
    }

    /// Where an ASCII character is, from a place on.
    pub(super) const fn find(self, character: u8, from: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while at < bytes.len() {
            if bytes[at] == character {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    const fn split_once(self, separator: u8) -> Option<(Self, Self)> {
        match self.find(separator, 0) {
            Some(at) => Some((self.part(0, at), self.part(at + 1, self.text.len()))),
            None => None,
        }
    }

    const fn without_suffix(self, suffix: u8) -> Option<Self> {
        match self.text.as_bytes() {
            [rest @ .., last] if last.eq_ignore_ascii_case(&suffix) => Some(self.part(0, rest.len())),
            _ => None,
        }
    }

    const fn is(self, text: &str) -> bool {
        same(self.text, text)
    }

    const fn fault(self, problem: Problem) -> CronFault<'a> {
        CronFault { field: Some(self.field), ..CronFault::new(problem, self.text, self.offset) }
    }

    const fn not_understood(self) -> CronFault<'a> {
        self.fault(Problem::NotUnderstood).allowed_are(self.field.forms())
    }

    /// Reads the item that this piece is.
    pub(super) const fn read(self) -> Result<Item, CronFault<'a>> {
        match self.text.as_bytes() {
            b"" => return Err(self.fault(Problem::EmptyItem)),
            b"*" => return Ok(Item::All),
            b"?" => return Err(self.fault(Problem::QuestionMark).remedy_is(Remedy::Star)),
            _ => {}
        }
        if let Some(special) = attempt!(self.read_special_day()) {
            return Ok(special);
        }
        match self.split_once(b'/') {
            None => {
                let (first, last) = attempt!(self.read_range(false));
                Ok(Item::Span { first, last, step: 1, kind: SpanKind::Plain })
            }
            Some((range, step)) => self.read_stepped(range, step),
        }
    }

    const fn read_special_day(self) -> Result<Option<Item>, CronFault<'a>> {
        match self.field {
            CronField::DayOfMonth if self.is("L") => Ok(Some(Item::LastDay)),
            CronField::DayOfMonth if self.is("LW") => Ok(Some(Item::LastWeekday)),
            CronField::DayOfMonth => match self.without_suffix(b'W') {
                Some(day) if day.is_number() => Ok(Some(Item::NearestWeekday(attempt!(day.read_value())))),
                _ => Ok(None),
            },
            CronField::DayOfWeek => {
                if let Some((weekday, nth)) = self.split_once(b'#') {
                    return Ok(Some(attempt!(weekday.read_nth(nth))));
                }
                match self.without_suffix(b'L') {
                    Some(day) if !day.text.is_empty() => {
                        Ok(Some(Item::LastOnWeekday(attempt!(day.read_value()) % 7)))
                    }
                    _ => Ok(None),
                }
            }
            _ => Ok(None),
        }
    }

    const fn read_nth(self, nth: Self) -> Result<Item, CronFault<'a>> {
        let weekday = attempt!(self.read_value()) % 7;
        match nth.number() {
            Some(week @ 1..=5) => Ok(Item::NthWeekday(weekday, week)),
            _ => Err(nth.fault(Problem::OutOfRange).allowed_are("1-5")),
        }
    }

    const fn read_stepped(self, range: Self, step: Self) -> Result<Item, CronFault<'a>> {
        let (first, last) = if range.is("*") {
            (self.field.min(), self.field.last())
        } else {
            let (first, last) = attempt!(range.read_range(true));
            if range.find(b'-', 0).is_none() {
                let remedy = Remedy::Range { first: range.text, from: first, step: step.text };
                return Err(self.fault(Problem::StepWithoutRange).remedy_is(remedy));
            }
            (first, last)
        };
        if !step.is_number() {
            return Err(if step.text.is_empty() { self } else { step }.not_understood());
        }
        // A step that reaches past its range selects the first value only, so
        // `*/60` would be an hourly minute field that looks like another.
        let most = if last > first { last - first } else { 1 };
        match step.number() {
            Some(step) if step >= 1 && step <= most => {
                Ok(Item::Span { first, last, step, kind: SpanKind::Stepped })
            }
            _ => {
                let fault = step.fault(Problem::StepOutOfRange);
                Err(CronFault { allowed: Allowed::UpTo(most), ..fault })
            }
        }
    }

    /// Reads `a` or `a-b` as its ends.
    const fn read_range(self, stepped: bool) -> Result<(u16, u16), CronFault<'a>> {
        let Some((first, last)) = self.split_once(b'-') else {
            let value = attempt!(self.read_value());
            return Ok((value, value));
        };
        if first.text.is_empty() || last.text.is_empty() {
            return Err(self.not_understood());
        }
        let (from, mut to) = (attempt!(first.read_value()), attempt!(last.read_value()));
        // Sunday ends a range of names as it does one of numbers: `FRI-SUN`
        // is `5-7`.
        if matches!(self.field, CronField::DayOfWeek) && to == 0 && from > 0 && !last.is_number() {
            to = 7;
        }
        if from > to {
            let remedy = match stepped {
                true => Remedy::None,
                false => Remedy::Unwrapped { first: first.text, last: last.text, from, to },
            };
            return Err(self.fault(Problem::Backwards).remedy_is(remedy));
        }
        Ok((from, to))
    }

    pub(super) const fn is_number(self) -> bool {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && bytes[at].is_ascii_digit() {
            at += 1;
        }
        at > 0 && at == bytes.len()
    }

    /// The number that this is, unless it is none or too large for any field.
    const fn number(self) -> Option<u16> {
        if !self.is_number() {
            return None;
        }
        let bytes = self.text.as_bytes();
        let mut number: u16 = 0;
        let mut at = 0;
        while at < bytes.len() {
            number = match number.checked_mul(10) {
                Some(tens) if tens <= u16::MAX - 9 => tens + (bytes[at] - b'0') as u16,
                _ => return None,
            };
            at += 1;
        }
        Some(number)
    }

    /// Reads one number or name.
    const fn read_value(self) -> Result<u16, CronFault<'a>> {
        let (min, max) = (self.field.min(), self.field.max());
        if self.is_number() {
            return match self.number() {
                Some(value) if value >= min && value <= max => Ok(value),
                _ => Err(self.fault(Problem::OutOfRange).allowed_are(self.field.allowed())),
            };
        }
        let names = self.field.names();
        let mut index = 0;
        while index < names.len() {
            if self.is(names[index]) {
                return Ok(min + index as u16);
            }
            index += 1;
        }
        Err(self.not_understood().remedy_is(Remedy::Name))
    }
}

/// Whether two texts differ in the case of ASCII letters at most.
pub(super) const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() {
        if !one[at].eq_ignore_ascii_case(&other[at]) {
            return false;
        }
        at += 1;
    }
    one.len() == other.len()
}
