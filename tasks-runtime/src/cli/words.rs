//! The words of a command line, taken apart by the table of flags.

use std::{
    ffi::{OsStr, OsString},
    fmt,
};

use tasks_schedule::suggest;

use super::flags::{FORMS, Flag, Given, ROWS, Row, Takes};

/// Why the flags were not read to their end.
#[derive(Debug)]
pub(super) enum Stop {
    Help,
    Version,
    Wrong(String),
}

/// Reads the words after the program's name.
pub(super) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Vec<Given>, Stop> {
    let mut words = words.into_iter();
    let mut seen: Vec<&'static Row> = Vec::new();
    let mut given = Vec::new();
    while let Some(word) = words.next() {
        let (name, value) = split(&word);
        let Some(name) = name.to_str() else {
            return Err(Stop::Wrong(format!("the argument '{}' is not UTF-8", word.display())));
        };
        match name {
            "-h" | "--help" if value.is_none() => return Err(Stop::Help),
            "-V" | "--version" if value.is_none() => return Err(Stop::Version),
            _ => {}
        }
        let row = name.strip_prefix("--").and_then(|long| ROWS.iter().find(|row| row.long == long));
        let Some(row) = row else {
            return Err(Stop::Wrong(unexpected(name)));
        };
        let wrong = |error: fmt::Arguments<'_>| Err(Stop::Wrong(error.to_string()));
        if !row.many && seen.iter().any(|seen| seen.flag == row.flag) {
            return wrong(format_args!("the argument '{row}' cannot be used multiple times"));
        }
        let value = match (row.takes, value) {
            (Takes::Nothing, None) => OsString::new(),
            (Takes::Nothing, Some(_)) => return wrong(format_args!("the argument '{row}' takes no value")),
            (Takes::Optional(_, usual), None) => usual.into(),
            (_, Some(value)) => value,
            (Takes::Value(_), None) => match words.next().filter(|next| is_value(row, next)) {
                Some(next) => next,
                None => return wrong(format_args!("a value is required for '{row}' but none was supplied")),
            },
        };
        match row.flag.read(&value) {
            Ok(read) => given.push(read),
            Err(expected) => {
                let tip = tip_for_value(row, &value);
                let value = value.display();
                return wrong(format_args!("invalid value '{value}' for '{row}': {expected}{tip}"));
            }
        }
        seen.push(row);
    }
    agree(&seen).map_err(Stop::Wrong)?;
    Ok(given)
}

/// Whether the flags go together.
fn agree(seen: &[&Row]) -> Result<(), String> {
    for row in seen {
        if let Some(other) = seen.iter().find(|other| row.apart.contains(&other.flag)) {
            return Err(format!("the argument '{row}' cannot be used with '{other}'"));
        }
    }
    let has = |flag| seen.iter().find(|row| row.flag == flag);
    match (has(Flag::Input), has(Flag::Run)) {
        (Some(input), None) => Err(format!("the argument '{input}' needs '--run-task <NAME>' beside it")),
        _ => Ok(()),
    }
}

/// A next word that begins with a dash is a flag, unless this one takes numbers
/// below zero and the like.
fn is_value(row: &Row, word: &OsStr) -> bool {
    let bytes = word.as_encoded_bytes();
    row.flag == Flag::Input || bytes.len() < 2 || bytes[0] != b'-'
}

fn unexpected(name: &str) -> String {
    let known = ROWS.iter().map(|row| row.long).chain(["help", "version"]);
    let tip = match suggest(name.trim_start_matches('-'), known) {
        Some(long) if name.starts_with('-') => format!("\n\n  tip: a similar argument exists: '--{long}'"),
        _ => String::new(),
    };
    format!("unexpected argument '{name}' found{tip}")
}

fn tip_for_value(row: &Row, value: &OsStr) -> String {
    let meant = value.to_str().filter(|_| row.flag == Flag::List);
    match meant.and_then(|word| suggest(word, FORMS.map(|(form, _)| form))) {
        Some(form) => format!("\n\n  tip: a similar value exists: '{form}'"),
        None => String::new(),
    }
}

/// Cuts `--name=value` apart. A value need not be UTF-8.
#[cfg(unix)]
fn split(word: &OsStr) -> (&OsStr, Option<OsString>) {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = word.as_bytes();
    match bytes.iter().position(|byte| *byte == b'=').filter(|_| bytes.starts_with(b"--")) {
        Some(at) => (OsStr::from_bytes(&bytes[..at]), Some(OsStr::from_bytes(&bytes[at + 1..]).to_owned())),
        None => (word, None),
    }
}

#[cfg(not(unix))]
fn split(word: &OsStr) -> (&OsStr, Option<OsString>) {
    match word.to_str().filter(|word| word.starts_with("--")).and_then(|word| word.split_once('=')) {
        Some((name, value)) => (OsStr::new(name), Some(value.into())),
        None => (word, None),
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.takes {
            Takes::Nothing => write!(f, "--{}", self.long),
            Takes::Value(name) => write!(f, "--{} <{name}>", self.long),
            Takes::Optional(name, _) => write!(f, "--{}[=<{name}>]", self.long),
        }
    }
}
