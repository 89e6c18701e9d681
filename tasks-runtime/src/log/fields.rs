//! The fields of events and spans, as values of their own.

use std::{
    error::Error,
    fmt::{self, Write as _},
};

use tracing::field::{Field, Visit};

/// The name of a field, without what lets a keyword be one.
pub(super) fn bare_name(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// A line is cut at this many bytes, so no value needs more.
pub(super) const MAX_LINE: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
}

/// Named values, each name once; a later value replaces an earlier one.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    /// With room for what an event has, so that it is not moved while it grows.
    pub(super) fn of_event() -> Self {
        Self(Vec::with_capacity(12))
    }

    /// With room for so many.
    pub(super) fn with_room(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let index = self.0.iter().position(|(other, _)| *other == name)?;
        Some(self.0.remove(index).1)
    }

    fn set(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// Takes the fields of a later record of the same span.
    pub(super) fn merge(&mut self, new: Self) {
        new.0.into_iter().for_each(|(name, value)| self.set(name, value));
    }

    /// Adds what an enclosing span knows and this does not.
    pub(super) fn add_missing(&mut self, outer: &Self) {
        for (name, value) in &outer.0 {
            if *name != "message" && self.0.iter().all(|(known, _)| known != name) {
                self.0.push((name, value.clone()));
            }
        }
    }

    fn record(&mut self, field: &Field, value: Value) {
        self.set(bare_name(field.name()), value);
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.record(field, Value::Float(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.record(field, Value::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record(field, Value::Unsigned(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.record(field, Value::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record(field, Value::Text(start_of(value, MAX_LINE).to_owned()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.record(field, text(format_args!("{}", tasks_core::__private::chain_text(value))));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record(field, text(format_args!("{value:?}")));
    }
}

fn text(value: fmt::Arguments<'_>) -> Value {
    let mut bounded = Bounded(String::new());
    // An error means that it is full, or that somebody's `Debug` gave up.
    let _ = bounded.write_fmt(value);
    Value::Text(bounded.0)
}

/// Returns as much of the text as fits into `max` bytes.
pub(super) fn start_of(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Text that stops growing at the length of a line.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_LINE - self.0.len();
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        self.0.push_str(start_of(text, room));
        Err(fmt::Error)
    }
}
