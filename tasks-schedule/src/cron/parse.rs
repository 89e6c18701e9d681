//! From text to an expression: aliases, fields, lists.

use std::sync::Arc;

use super::Cron;
use super::days::{DayRule, OfMonth, OfWeek};
use super::error::{CronError, Problem};
use super::field::CronField;
use super::item::{Item, Piece, SpanKind};
use super::years::Years;
use crate::suggest;

const ALIASES: [(&str, &str); 6] = [
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

const BLANKS: [char; 2] = [' ', '\t'];

pub(super) fn parse(text: &str) -> Result<Cron, CronError> {
    parse_trimmed(text).map_err(|error| error.located(text))
}

fn parse_trimmed(text: &str) -> Result<Cron, CronError> {
    let trimmed = text.trim_matches(BLANKS);
    let start = text.len() - text.trim_start_matches(BLANKS).len();
    if trimmed.is_empty() {
        return Err(CronError::new(Problem::Empty, "", 0).allowed_are(SHAPES));
    }
    let cron = if trimmed.starts_with('@') {
        parse_fields(expand_alias(trimmed, start)?, 0, trimmed)?
    } else {
        parse_fields(trimmed, start, trimmed)?
    };
    if !cron.can_fire() {
        return Err(CronError::new(Problem::NeverFires, trimmed, start));
    }
    Ok(cron)
}

const SHAPES: &str = "5 fields (minute, hour, day of month, month, day of week), \
     6 with seconds first, or 7 with a year last";

fn expand_alias(alias: &str, offset: usize) -> Result<&'static str, CronError> {
    let known = ALIASES.iter().find(|(name, _)| name.eq_ignore_ascii_case(alias));
    known.map(|&(_, expression)| expression).ok_or_else(|| {
        let names = ALIASES.map(|(name, _)| name);
        // Other crons have a second word for this one.
        let other = alias.eq_ignore_ascii_case("@annually").then_some("@yearly");
        CronError::new(Problem::UnknownAlias, alias, offset)
            .allowed_are(names.join(", "))
            .remedy_is(other.or_else(|| suggest(alias, names)).map(str::to_owned))
    })
}

fn parse_fields(expression: &str, base: usize, written: &str) -> Result<Cron, CronError> {
    let mut at = 0;
    let mut pieces: Vec<(&str, usize)> = Vec::with_capacity(7);
    for piece in expression.split(BLANKS) {
        if !piece.is_empty() {
            pieces.push((piece, base + at));
        }
        at += piece.len() + 1;
    }
    let fields = match pieces.len() {
        5 => &SEVEN_FIELDS[1..6],
        6 => &SEVEN_FIELDS[..6],
        7 => &SEVEN_FIELDS[..],
        count => {
            let problem = Problem::FieldCount(count);
            return Err(CronError::new(problem, expression, base).allowed_are(SHAPES));
        }
    };
    let mut draft = Draft::default();
    for (&field, &(text, offset)) in fields.iter().zip(&pieces) {
        draft.read_field(Piece { field, text, offset })?;
    }
    Ok(draft.finish(written))
}

/// What has been read of an expression so far.
struct Draft {
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

impl Default for Draft {
    fn default() -> Self {
        Self {
            seconds: 0,
            minutes: 0,
            hours: 0,
            months: 0,
            of_month: OfMonth::default(),
            of_week: OfWeek::default(),
            years: Years::NONE,
            has_seconds: false,
            has_year: false,
            follows_elapsed_time: false,
            any_day_of_month: false,
            any_day_of_week: false,
        }
    }
}

impl Draft {
    fn read_field(&mut self, piece: Piece<'_>) -> Result<(), CronError> {
        let begins_with_star = piece.text.starts_with('*');
        match piece.field {
            CronField::Second => self.has_seconds = true,
            CronField::Year => self.has_year = true,
            CronField::DayOfMonth => self.any_day_of_month = begins_with_star,
            CronField::DayOfWeek => self.any_day_of_week = begins_with_star,
            CronField::Minute | CronField::Hour | CronField::Month => {}
        }
        let mut at = 0;
        for text in piece.text.split(',') {
            let item = Piece { text, offset: piece.offset + at, ..piece }.read()?;
            self.add(piece.field, item);
            at += text.len() + 1;
        }
        Ok(())
    }

    fn add(&mut self, field: CronField, item: Item) {
        match item {
            Item::All if field == CronField::Year => self.years = Years::Every,
            Item::All => {
                self.add_span(field, field.min(), field.last(), 1);
                self.note_elapsed_time(field);
            }
            Item::Span { first, last, step, kind } => {
                self.add_span(field, first, last, step);
                if kind == SpanKind::Stepped {
                    self.note_elapsed_time(field);
                }
            }
            Item::LastDay => self.of_month.last = true,
            Item::LastWeekday => self.of_month.last_weekday = true,
            Item::NearestWeekday(day) => self.of_month.nearest_weekday |= 1 << day,
            Item::LastOnWeekday(weekday) => self.of_week.last |= 1 << weekday,
            Item::NthWeekday(weekday, nth) => {
                self.of_week.nth[usize::from(nth) - 1] |= 1 << weekday;
            }
        }
    }

    fn add_span(&mut self, field: CronField, first: u16, last: u16, step: u16) {
        for value in (first..=last).step_by(step.into()) {
            match field {
                CronField::Second => self.seconds |= 1 << value,
                CronField::Minute => self.minutes |= 1 << value,
                CronField::Hour => self.hours |= 1 << value,
                CronField::DayOfMonth => self.of_month.days |= 1 << value,
                CronField::Month => self.months |= 1 << value,
                CronField::DayOfWeek => self.of_week.weekdays |= 1 << (value % 7),
                CronField::Year => self.years.insert(value),
            }
        }
    }

    fn note_elapsed_time(&mut self, field: CronField) {
        self.follows_elapsed_time |= matches!(field, CronField::Minute | CronField::Hour);
    }

    fn finish(self, written: &str) -> Cron {
        Cron {
            text: Arc::from(written),
            seconds: if self.has_seconds { self.seconds } else { 1 },
            minutes: self.minutes,
            hours: self.hours as u32,
            days: DayRule {
                of_month: self.of_month,
                of_week: self.of_week,
                either: !self.any_day_of_month && !self.any_day_of_week,
            },
            months: self.months as u16,
            years: if self.has_year { self.years } else { Years::Every },
            has_seconds: self.has_seconds,
            fixed_time: !self.follows_elapsed_time,
        }
    }
}
