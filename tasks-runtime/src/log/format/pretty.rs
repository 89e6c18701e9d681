//! A line for a reader.

use std::fmt::Write as _;

use tracing::Level;

use super::{
    super::{
        fields::{MAX_LINE, Value},
        text::{clean_to, push_clean},
    },
    Record,
};

const DIM: &str = "\u{1b}[2m";
const RESET: &str = "\u{1b}[0m";

/// This field has lines of its own.
const BACKTRACE: &str = "backtrace";

pub(super) fn write(out: &mut String, record: &Record<'_>, limit: usize, colour: bool) {
    let (dim, reset) = if colour { (DIM, RESET) } else { ("", "") };
    let level = if colour { level_colour(record.level) } else { "" };
    let target = clean_to(record.target, limit);
    // Writing to a string does not fail.
    let _ = write!(out, "{dim}{:.3}{reset} {level}{:>5}{reset} ", record.at, record.level);
    let _ = write!(out, "{dim}{target}:{reset} {}", clean_to(record.message, limit));
    if !record.fields.is_empty() {
        out.push(' ');
    }
    let mut backtrace = None;
    for (name, value) in &record.fields {
        if *name == BACKTRACE {
            backtrace = Some(*value);
            continue;
        }
        let _ = write!(out, " {dim}{name}={reset}");
        push_value(out, value, limit);
    }
    if limit < MAX_LINE {
        let _ = write!(out, " {dim}truncated={reset}true");
    }
    if let Some(Value::Text(backtrace)) = backtrace {
        for line in backtrace.lines() {
            out.push_str("\n    ");
            out.push_str(&clean_to(line, limit));
        }
    }
}

fn level_colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\u{1b}[31m",
        Level::WARN => "\u{1b}[33m",
        Level::INFO => "\u{1b}[32m",
        _ => "\u{1b}[34m",
    }
}

fn push_value(out: &mut String, value: &Value, limit: usize) {
    let _ = match value {
        Value::Text(text) => {
            push_text(out, text, limit);
            Ok(())
        }
        Value::Signed(number) => write!(out, "{number}"),
        Value::Unsigned(number) => write!(out, "{number}"),
        Value::Float(number) => write!(out, "{number}"),
        Value::Bool(value) => write!(out, "{value}"),
    };
}

/// A word stands for itself; anything else is quoted.
fn push_text(out: &mut String, text: &str, limit: usize) {
    let is_word = |char: char| char.is_ascii_alphanumeric() || "_-.:/+".contains(char);
    if !text.is_empty() && text.len() <= limit && text.chars().all(is_word) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for char in clean_start(text, limit) {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            char => push_clean(out, char),
        }
    }
    out.push('"');
}

fn clean_start(text: &str, limit: usize) -> impl Iterator<Item = char> {
    let shown = super::super::fields::start_of(text, limit);
    shown.chars().chain((shown.len() < text.len()).then_some('…'))
}
