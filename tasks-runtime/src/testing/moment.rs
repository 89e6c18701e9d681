//! Moments of the wall clock, as a test writes them.

use jiff::{
    Timestamp, Zoned,
    civil::DateTime,
    fmt::temporal::{Pieces, TimeZoneAnnotationKind},
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use tasks_core::zone::Zone;

/// A moment of the wall clock: text, or a value of `jiff`.
///
/// Text is a date and a time, then the zone in brackets:
/// `2026-03-29T01:59[Europe/Madrid]`. An offset may stand before it, and must
/// where clocks go back and the local time occurs twice:
/// `2026-10-25T02:30+02:00[Europe/Madrid]`. With an offset, or `Z` for UTC, the
/// zone may be left out (`2026-03-29T00:59:00Z`); so may both where the kit has
/// a zone, which it takes from the moment where it starts. Zones are the
/// bundled ones, as in a schedule.
///
/// Sealed: implemented for `&str`, `&String`, [`Timestamp`], [`Zoned`] and `&Zoned`.
pub trait Moment: sealed::Sealed {
    #[doc(hidden)]
    fn resolve(self, zone: Option<&TimeZone>) -> Result<Zoned, String>;
}

impl Moment for &str {
    fn resolve(self, zone: Option<&TimeZone>) -> Result<Zoned, String> {
        parse(self, zone).map_err(|error| format!("`{}` is no moment: {error}", self.escape_debug()))
    }
}

impl Moment for &String {
    fn resolve(self, zone: Option<&TimeZone>) -> Result<Zoned, String> {
        self.as_str().resolve(zone)
    }
}

impl Moment for Timestamp {
    fn resolve(self, zone: Option<&TimeZone>) -> Result<Zoned, String> {
        Ok(self.to_zoned(zone.cloned().unwrap_or(TimeZone::UTC)))
    }
}

impl Moment for Zoned {
    fn resolve(self, _: Option<&TimeZone>) -> Result<Zoned, String> {
        Ok(self)
    }
}

impl Moment for &Zoned {
    fn resolve(self, _: Option<&TimeZone>) -> Result<Zoned, String> {
        Ok(self.clone())
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &str {}
    impl Sealed for &String {}
    impl Sealed for jiff::Timestamp {}
    impl Sealed for jiff::Zoned {}
    impl Sealed for &jiff::Zoned {}
}

fn parse(text: &str, of_the_kit: Option<&TimeZone>) -> Result<Zoned, String> {
    let pieces = Pieces::parse(text)
        .map_err(|error| format!("{error}; write it as `2026-03-29T01:59[Europe/Madrid]`"))?;
    let local = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    let named = match pieces.time_zone_annotation().map(|zone| zone.kind()) {
        None => None,
        Some(TimeZoneAnnotationKind::Named(name)) => {
            Some(Zone::parse(name.as_str()).map_err(|error| error.to_string())?.time_zone().clone())
        }
        Some(_) => return Err("write the name of a zone in the brackets".to_owned()),
    };
    let zone = named.as_ref().or(of_the_kit);
    match (pieces.to_numeric_offset(), zone) {
        (Some(offset), Some(zone)) => {
            let at = with_offset(local, offset)?.to_zoned(zone.clone());
            match at.offset() == offset || named.is_none() {
                true => Ok(at),
                false => Err(format!("{} is at {} then", name_of(zone), at.offset())),
            }
        }
        (Some(offset), None) => Ok(with_offset(local, offset)?.to_zoned(TimeZone::UTC)),
        (None, Some(zone)) => in_zone(local, zone),
        (None, None) => Err(format!("it names no zone: write `{text}[Europe/Madrid]` or `{text}Z`")),
    }
}

fn with_offset(local: DateTime, offset: Offset) -> Result<Timestamp, String> {
    offset.to_timestamp(local).map_err(|error| error.to_string())
}

fn in_zone(local: DateTime, zone: &TimeZone) -> Result<Zoned, String> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => Ok(with_offset(local, offset)?.to_zoned(zone.clone())),
        AmbiguousOffset::Gap { .. } => {
            let after = ambiguous.later().map_err(|error| error.to_string())?.to_zoned(zone.clone());
            let change = zone.preceding(after.timestamp()).next().map(|change| change.timestamp());
            let first = change.map_or(after, |change| change.to_zoned(zone.clone()));
            let first = first.strftime("%H:%M");
            Err(format!("clocks go forward in {} then; the first moment after it is {first}", name_of(zone)))
        }
        AmbiguousOffset::Fold { before, after } => Err(format!(
            "clocks go back in {} and show it twice; write the offset that is meant, {} or {}",
            name_of(zone),
            shown(before),
            shown(after)
        )),
    }
}

fn name_of(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

fn shown(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// An instant as the kit shows it: RFC 3339, in its zone.
pub(super) fn show(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    let seconds = if local.subsec_nanosecond() == 0 { "%FT%T" } else { "%FT%T%.f" };
    match zone == &TimeZone::UTC {
        true => format!("{}Z", local.strftime(seconds)),
        false => format!("{}{}", local.strftime(seconds), local.strftime("%:z")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        text.resolve(None).map(|at| show(at.timestamp(), &TimeZone::UTC))
    }

    #[test]
    fn a_moment_is_read_with_its_zone_its_offset_or_both() {
        assert_eq!(read("2026-03-29T01:59[Europe/Madrid]").as_deref(), Ok("2026-03-29T00:59:00Z"));
        assert_eq!(read("2026-03-29[europe/madrid]").as_deref(), Ok("2026-03-28T23:00:00Z"));
        assert_eq!(read("2026-03-29T01:59:30.25Z").as_deref(), Ok("2026-03-29T01:59:30.25Z"));
        assert_eq!(read("2026-03-29T01:59+02:00").as_deref(), Ok("2026-03-28T23:59:00Z"));
        assert_eq!(read("2026-10-25T02:30+02:00[Europe/Madrid]").as_deref(), Ok("2026-10-25T00:30:00Z"));
        assert_eq!(read("2026-10-25T02:30+01:00[Europe/Madrid]").as_deref(), Ok("2026-10-25T01:30:00Z"));
    }

    #[test]
    fn the_zone_of_the_kit_stands_in_for_one_that_is_left_out() {
        let zone = Zone::parse("Europe/Madrid").expect("a zone");
        let at = "2026-07-01T12:00".resolve(Some(zone.time_zone())).expect("a moment");
        assert_eq!(show(at.timestamp(), zone.time_zone()), "2026-07-01T12:00:00+02:00");
        let utc = "2026-07-01T12:00Z".resolve(Some(zone.time_zone())).expect("a moment");
        assert_eq!(show(utc.timestamp(), zone.time_zone()), "2026-07-01T14:00:00+02:00");
    }

    #[test]
    fn what_is_no_moment_says_why_and_how_to_write_one() {
        let error = |text: &str| read(text).expect_err(text);
        assert_eq!(
            error("2026-03-29T02:30[Europe/Madrid]"),
            "`2026-03-29T02:30[Europe/Madrid]` is no moment: clocks go forward in Europe/Madrid then; \
             the first moment after it is 03:00"
        );
        assert_eq!(
            error("2026-10-25T02:30[Europe/Madrid]"),
            "`2026-10-25T02:30[Europe/Madrid]` is no moment: clocks go back in Europe/Madrid and show it \
             twice; write the offset that is meant, +02:00 or +01:00"
        );
        assert_eq!(
            error("2026-03-29T01:59"),
            "`2026-03-29T01:59` is no moment: it names no zone: write `2026-03-29T01:59[Europe/Madrid]` or \
             `2026-03-29T01:59Z`"
        );
        assert!(error("2026-03-29T01:59[Europe/Madird]").ends_with("did you mean `Europe/Madrid`?"));
        assert!(error("2026-01-29T01:59+02:00[Europe/Madrid]").ends_with("Europe/Madrid is at +01 then"));
        assert!(error("tomorrow").ends_with("write it as `2026-03-29T01:59[Europe/Madrid]`"));
    }
}
