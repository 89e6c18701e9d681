//! From text to an expression: aliases, fields, lists.

use std::sync::Arc;

use super::Cron;
use super::dates::Dates;
use super::days::{DayRule, OfMonth, OfWeek};
use super::fault::{CronFault, Problem, Remedy};
use super::field::CronField;
use super::item::{Item, Piece, SpanKind, same};
use super::years::Years;

pub(super) const ALIASES: [(&str, &str); 6] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
];

const SEVEN_FIELDS: [CronField; 7] = [
    CronField::Second,
    CronField::Minute,
    CronField::Hour,
    CronField::DayOfMonth,
    CronField::Month,
    CronField::DayOfWeek,
    CronField::Year,
];

pub(super) const BLANKS: [char; 2] = [' ', '\t'];

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

const SHAPES: &str = "5 fields (minute, hour, day of month, month, day of week), \
     6 with seconds first, or 7 with a year last";

/// Reads and checks an expression; the one reader, at work in const evaluation
/// and in programs.
pub(super) const fn read(text: &str) -> Result<Draft, CronFault<'_>> {
    let bytes = text.as_bytes();
    let (mut start, mut end) = (0, bytes.len());
    while start < end && is_blank(bytes[start]) {
        start += 1;
    }
    while start < end && is_blank(bytes[end - 1]) {
        end -= 1;
    }
    if start == end {
        return Err(CronFault::new(Problem::Empty, "", 0).allowed_are(SHAPES));
    }
    let trimmed = text.split_at(end).0.split_at(start).1;
    let draft = if bytes[start] == b'@' {
        attempt!(read_fields(attempt!(expand_alias(trimmed, start)), 0))
    } else {
        attempt!(read_fields(trimmed, start))
    };
    if !draft.dates().any() {
        return Err(CronFault::new(Problem::NeverFires, trimmed, start));
    }
    Ok(draft)
}

const fn expand_alias(alias: &str, offset: usize) -> Result<&'static str, CronFault<'_>> {
    let mut at = 0;
    while at < ALIASES.len() {
        let (name, expression) = ALIASES[at];
        if same(name, alias) {
            return Ok(expression);
        }
        at += 1;
    }
    Err(CronFault::new(Problem::UnknownAlias, alias, offset)
        .allowed_are("@hourly, @daily, @midnight, @weekly, @monthly, @yearly")
        .remedy_is(Remedy::Alias))
}

const fn read_fields(expression: &str, base: usize) -> Result<Draft, CronFault<'_>> {
    let count = count_fields(expression);
    if count < 5 || count > 7 {
        return Err(CronFault::new(Problem::FieldCount(count), expression, base).allowed_are(SHAPES));
    }
    let mut field = if count == 5 { 1 } else { 0 };
    let mut draft = Draft::NONE;
    let bytes = expression.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if is_blank(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && !is_blank(bytes[at]) {
            at += 1;
        }
        let whole = Piece { field: SEVEN_FIELDS[field], text: expression, offset: base };
        attempt!(draft.read_field(whole.part(start, at)));
        field += 1;
    }
    Ok(draft)
}

const fn count_fields(expression: &str) -> usize {
    let bytes = expression.as_bytes();
    let mut count = 0;
    let mut at = 0;
    while at < bytes.len() {
        if !is_blank(bytes[at]) && (at == 0 || is_blank(bytes[at - 1])) {
            count += 1;
        }
        at += 1;
    }
    count
}

/// What has been read of an expression so far.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    seconds: u64,
    minutes: u64,
    hours: u64,
    months: u64,
    of_month: OfMonth,
    of_week: OfWeek,
    years: Years,
    has_seconds: bool,
    has_year: bool,
    follows_elapsed_time: bool,
    any_day_of_month: bool,
    any_day_of_week: bool,
}

impl Draft {
    const NONE: Self = Self {
        seconds: 0,
        minutes: 0,
        hours: 0,
        months: 0,
        of_month: OfMonth::NONE,
        of_week: OfWeek::NONE,
        years: Years::NONE,
        has_seconds: false,
        has_year: false,
        follows_elapsed_time: false,
        any_day_of_month: false,
        any_day_of_week: false,
    };

    const fn read_field<'a>(&mut self, piece: Piece<'a>) -> Result<(), CronFault<'a>> {
        let begins_with_star = matches!(piece.text.as_bytes(), [b'*', ..]);
        match piece.field {
            CronField::Second => self.has_seconds = true,
            CronField::Year => self.has_year = true,
            CronField::DayOfMonth => self.any_day_of_month = begins_with_star,
            CronField::DayOfWeek => self.any_day_of_week = begins_with_star,
            CronField::Minute | CronField::Hour | CronField::Month => {}
        }
        let mut at = 0;
        while let Some(comma) = piece.find(b',', at) {
            self.add(piece.field, attempt!(piece.part(at, comma).read()));
            at = comma + 1;
        }
        self.add(piece.field, attempt!(piece.part(at, piece.text.len()).read()));
        Ok(())
    }

    const fn add(&mut self, field: CronField, item: Item) {
        match item {
            Item::All if matches!(field, CronField::Year) => self.years = Years::Every,
            Item::All => {
                self.add_span(field, field.min(), field.last(), 1);
                self.note_elapsed_time(field);
            }
            Item::Span { first, last, step, kind } => {
                self.add_span(field, first, last, step);
                if matches!(kind, SpanKind::Stepped) {
                    self.note_elapsed_time(field);
                }
            }
            Item::LastDay => self.of_month.last = true,
            Item::LastWeekday => self.of_month.last_weekday = true,
            Item::NearestWeekday(day) => self.of_month.nearest_weekday |= 1 << day,
            Item::LastOnWeekday(weekday) => self.of_week.last |= 1 << weekday,
            Item::NthWeekday(weekday, nth) => {
                self.of_week.nth[nth as usize - 1] |= 1 << weekday;
            }
        }
    }

    const fn add_span(&mut self, field: CronField, first: u16, last: u16, step: u16) {
        let mut value = first;
        while value <= last {
            match field {
                CronField::Second => self.seconds |= 1 << value,
                CronField::Minute => self.minutes |= 1 << value,
                CronField::Hour => self.hours |= 1 << value,
                CronField::DayOfMonth => self.of_month.days |= 1 << value,
                CronField::Month => self.months |= 1 << value,
                CronField::DayOfWeek => self.of_week.weekdays |= 1 << (value % 7),
                CronField::Year => self.years.insert(value),
            }
            value += step;
        }
    }

    const fn note_elapsed_time(&mut self, field: CronField) {
        self.follows_elapsed_time |= matches!(field, CronField::Minute | CronField::Hour);
    }

    const fn dates(&self) -> Dates {
        Dates {
            days: DayRule {
                of_month: self.of_month,
                of_week: self.of_week,
                either: !self.any_day_of_month && !self.any_day_of_week,
            },
            months: self.months as u16,
            years: if self.has_year { self.years } else { Years::Every },
        }
    }

    pub(super) fn finish(self, written: &str) -> Cron {
        Cron {
            text: Arc::from(written),
            seconds: if self.has_seconds { self.seconds } else { 1 },
            minutes: self.minutes,
            hours: self.hours as u32,
            dates: self.dates(),
            has_seconds: self.has_seconds,
            fixed_time: !self.follows_elapsed_time,
        }
    }
}
