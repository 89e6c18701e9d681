//! One item of a field's list: a value, a range, a step, or a special day.

use super::error::{CronError, Problem};
use super::field::CronField;
use crate::suggest;

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
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) field: CronField,
    pub(super) text: &'a str,
    pub(super) offset: usize,
}

impl Piece<'_> {
    fn part(self, start: usize, end: usize) -> Self {
        Self { text: &self.text[start..end], offset: self.offset + start, ..self }
    }

    fn split_once(self, separator: char) -> Option<(Self, Self)> {
        let at = self.text.find(separator)?;
        let after = at + separator.len_utf8();
        Some((self.part(0, at), self.part(after, self.text.len())))
    }

    fn without_suffix(self, suffix: char) -> Option<Self> {
        let last = self.text.chars().next_back()?;
        let rest = self.text.len() - last.len_utf8();
        last.eq_ignore_ascii_case(&suffix).then(|| self.part(0, rest))
    }

    pub(super) fn error(self, problem: Problem) -> CronError {
        CronError::new(problem, self.text, self.offset).field_is(self.field)
    }

    fn not_understood(self) -> CronError {
        self.error(Problem::NotUnderstood).allowed_are(self.field.forms())
    }

    /// Reads the item that this piece is.
    pub(super) fn read(self) -> Result<Item, CronError> {
        match self.text {
            "" => return Err(self.error(Problem::EmptyItem)),
            "*" => return Ok(Item::All),
            "?" => {
                return Err(self.error(Problem::QuestionMark).remedy_is(Some("*".into())));
            }
            _ => {}
        }
        if let Some(special) = self.read_special_day() {
            return special;
        }
        match self.split_once('/') {
            None => {
                let (first, last) = self.read_range(None)?;
                Ok(Item::Span { first, last, step: 1, kind: SpanKind::Plain })
            }
            Some((range, step)) => self.read_stepped(range, step),
        }
    }

    fn read_special_day(self) -> Option<Result<Item, CronError>> {
        match self.field {
            CronField::DayOfMonth if self.text.eq_ignore_ascii_case("L") => Some(Ok(Item::LastDay)),
            CronField::DayOfMonth if self.text.eq_ignore_ascii_case("LW") => Some(Ok(Item::LastWeekday)),
            CronField::DayOfMonth => {
                let day = self.without_suffix('W').filter(|day| day.is_number())?;
                Some(day.read_value().map(Item::NearestWeekday))
            }
            CronField::DayOfWeek => {
                if let Some((weekday, nth)) = self.split_once('#') {
                    return Some(weekday.read_nth(nth));
                }
                let weekday = self.without_suffix('L').filter(|day| !day.text.is_empty())?;
                Some(weekday.read_value().map(|day| Item::LastOnWeekday(day % 7)))
            }
            _ => None,
        }
    }

    fn read_nth(self, nth: Self) -> Result<Item, CronError> {
        let weekday = self.read_value()? % 7;
        match nth.text.parse() {
            Ok(week @ 1..=5) if nth.is_number() => Ok(Item::NthWeekday(weekday, week)),
            _ => Err(nth.error(Problem::OutOfRange).allowed_are("1-5")),
        }
    }

    fn read_stepped(self, range: Self, step: Self) -> Result<Item, CronError> {
        let field = self.field;
        let (first, last) = if range.text == "*" {
            (field.min(), field.last())
        } else {
            let (first, last) = range.read_range(Some(step))?;
            if !range.text.contains('-') {
                // A step that reaches no second value may as well be left out.
                let rest = field.last().saturating_sub(first);
                let remedy = match step.text.parse::<u16>() {
                    Ok(step) if step > rest => range.text.to_owned(),
                    _ => format!("{}-{}/{}", range.text, field.last(), step.text),
                };
                return Err(self.error(Problem::StepWithoutRange).remedy_is(Some(remedy)));
            }
            (first, last)
        };
        if !step.is_number() {
            return Err(if step.text.is_empty() { self } else { step }.not_understood());
        }
        // A step that reaches past its range selects the first value only, so
        // `*/60` would be an hourly minute field that looks like another.
        let most = (last - first).max(1);
        match step.text.parse::<u16>() {
            Ok(step) if (1..=most).contains(&step) => {
                Ok(Item::Span { first, last, step, kind: SpanKind::Stepped })
            }
            _ => Err(step.error(Problem::StepOutOfRange).allowed_are(match most {
                1 => "1".to_owned(),
                _ => format!("1-{most}"),
            })),
        }
    }

    /// Reads `a` or `a-b` as its ends.
    fn read_range(self, step: Option<Self>) -> Result<(u16, u16), CronError> {
        let Some((first, last)) = self.split_once('-') else {
            let value = self.read_value()?;
            return Ok((value, value));
        };
        if first.text.is_empty() || last.text.is_empty() {
            return Err(self.not_understood());
        }
        let (from, mut to) = (first.read_value()?, last.read_value()?);
        // Sunday ends a range of names as it does one of numbers: `FRI-SUN`
        // is `5-7`.
        if self.field == CronField::DayOfWeek && to == 0 && from > 0 && !last.is_number() {
            to = 7;
        }
        if from > to {
            let remedy = if step.is_none() { Some(unwrapped(first, last, from, to)) } else { None };
            return Err(self.error(Problem::Backwards).remedy_is(remedy));
        }
        Ok((from, to))
    }

    fn is_number(self) -> bool {
        !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Reads one number or name.
    fn read_value(self) -> Result<u16, CronError> {
        let (min, max) = (self.field.min(), self.field.max());
        if self.is_number() {
            return match self.text.parse() {
                Ok(value) if (min..=max).contains(&value) => Ok(value),
                _ => Err(self.error(Problem::OutOfRange).allowed_are(self.field.allowed())),
            };
        }
        let names = self.field.names();
        if let Some(index) = names.iter().position(|name| name.eq_ignore_ascii_case(self.text)) {
            return Ok(min + index as u16);
        }
        // `MONDAY` begins with the right name; `TEU` is one slip away from it.
        let begins = |name: &&str| self.text.get(..3).is_some_and(|t| t.eq_ignore_ascii_case(name));
        let meant = names.iter().copied().find(begins).or_else(|| suggest(self.text, names.iter().copied()));
        Err(self.not_understood().remedy_is(meant.map(str::to_owned)))
    }
}

/// A range that runs backwards, written as a list of ranges that do not.
fn unwrapped(first: Piece<'_>, last: Piece<'_>, from: u16, to: u16) -> String {
    let field = first.field;
    let named = |value: u16, like: Piece<'_>| {
        let names = field.names();
        if like.is_number() {
            value.to_string()
        } else {
            names[usize::from(value - field.min()) % names.len()].to_owned()
        }
    };
    // The week ends with Sunday as 7, so it begins again with Monday.
    let (begin, end) = match field {
        CronField::DayOfWeek => (1, 7),
        _ => (field.min(), field.max()),
    };
    if field == CronField::DayOfWeek && from == 7 {
        return format!("0-{}", last.text);
    }
    let mut list = first.text.to_owned();
    if from < end {
        list = format!("{list}-{}", named(end, first));
    }
    if to == begin {
        list = format!("{list},{}", last.text);
    } else if to > begin {
        list = format!("{list},{}-{}", named(begin, last), last.text);
    }
    list
}
