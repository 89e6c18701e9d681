//! What to write instead, in words.

use super::fault::Remedy;
use super::field::CronField;
use super::item::Piece;
use super::parse::ALIASES;
use crate::suggest;

impl Remedy<'_> {
    /// What to write in place of `found`.
    pub(super) fn text(self, found: &str, field: Option<CronField>) -> Option<String> {
        match (self, field) {
            (Self::Star, _) => Some("*".to_owned()),
            (Self::Alias, _) => alias(found).map(str::to_owned),
            (Self::Name, Some(field)) => name(found, field).map(str::to_owned),
            (Self::Range { first, from, step }, Some(field)) => Some(ranged(first, from, step, field)),
            (Self::Unwrapped { first, last, from, to }, Some(field)) => {
                let piece = |text| Piece { field, text, offset: 0 };
                Some(unwrapped(piece(first), piece(last), from, to))
            }
            (_, _) => None,
        }
    }
}

fn alias(found: &str) -> Option<&'static str> {
    // Other crons have a second word for this one.
    let other = found.eq_ignore_ascii_case("@annually").then_some("@yearly");
    other.or_else(|| suggest(found, ALIASES.map(|(name, _)| name)))
}

fn name(found: &str, field: CronField) -> Option<&'static str> {
    let names = field.names();
    // `MONDAY` begins with the right name; `TEU` is one slip away from it.
    let begins = |name: &&str| found.get(..3).is_some_and(|t| t.eq_ignore_ascii_case(name));
    names.iter().copied().find(begins).or_else(|| suggest(found, names.iter().copied()))
}

fn ranged(first: &str, from: u16, step: &str, field: CronField) -> String {
    // A step that reaches no second value may as well be left out.
    let rest = field.last().saturating_sub(from);
    match step.parse::<u16>() {
        Ok(step) if step > rest => first.to_owned(),
        _ => format!("{first}-{}/{step}", field.last()),
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
