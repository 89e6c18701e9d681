//! The JSON line of an event that stands in no span, straight from its fields:
//! that of nearly every event of the framework, two for each run.
//!
//! It is the line that [`Format::line`](super::Format::line) makes, byte for
//! byte, without values of their own in between. What it cannot do it leaves to that.

use std::{
    cell::Cell,
    error::Error,
    fmt::{self, Write as _},
};

use jiff::Timestamp;
use tracing::{
    Event, Metadata,
    field::{Field, Visit},
};

use super::{
    super::fields::{MAX_LINE, bare_name, start_of},
    json,
};

/// What a line is put together in, kept by each thread for its next one.
#[derive(Default)]
struct Scratch {
    line: String,
    /// The text of the message, escaped.
    message: String,
    /// Every other field, each after a comma.
    fields: String,
    /// Of some callsites.
    shapes: Vec<Shape>,
    /// Where the shape of this event is among them.
    shape: usize,
    /// A second, and how it is written.
    second: Option<(i64, String)>,
}

/// What all lines of one callsite have in common.
struct Shape {
    metadata: &'static Metadata<'static>,
    /// From the end of the timestamp to the start of the message.
    head: String,
    /// What stands before the value of each field, one after the other.
    keys: String,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// The field that is the message.
    message: Option<usize>,
    /// The latest value of a name is the one that counts, so none can be written at once.
    has_name_twice: bool,
}

/// So many shapes are kept: an application with a busy log has few busy lines.
const SHAPES: usize = 16;

impl Shape {
    fn new(metadata: &'static Metadata<'static>) -> Self {
        let names: Vec<&str> = metadata.fields().iter().map(|field| bare_name(field.name())).collect();
        let mut head = String::from(r#"","level":""#);
        head.push_str(metadata.level().as_str());
        head.push_str(r#"","target":"#);
        json::push_string(&mut head, metadata.target(), MAX_LINE);
        head.push_str(r#","message":""#);
        let mut keys = String::new();
        let ends = names.iter().map(|name| {
            json::push_key(&mut keys, name, MAX_LINE);
            keys.len()
        });
        Self {
            metadata,
            head,
            ends: ends.collect(),
            keys,
            message: names.iter().position(|name| *name == "message"),
            has_name_twice: (1..names.len()).any(|at| names[..at].contains(&names[at])),
        }
    }

    fn key(&self, field: usize) -> &str {
        let from = field.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.keys[from..self.ends[field]]
    }
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

/// Longer pieces are not kept.
const MOST_KEPT: usize = 16 * 1024;

/// Gives the line to `write`, or returns false if it has to be made in another way.
pub(in crate::log) fn write(event: &Event<'_>, at: Timestamp, write: impl FnOnce(&str)) -> bool {
    // Taken, not borrowed: to show a value may log. At the end of a thread there is none.
    let mut scratch = SCRATCH.try_with(Cell::take).unwrap_or_default();
    scratch.take_shape(event.metadata());
    if !scratch.shapes[scratch.shape].has_name_twice {
        event.record(&mut scratch);
    }
    let is_whole = scratch.put_together(at);
    if is_whole {
        write(&scratch.line);
    }
    scratch.give_back();
    is_whole
}

impl Scratch {
    /// Finds the shape of an event, or makes it in place of the last. What is
    /// met often goes forward, so that the last is none of those.
    fn take_shape(&mut self, metadata: &'static Metadata<'static>) {
        if let Some(at) = self.shapes.iter().position(|shape| std::ptr::eq(shape.metadata, metadata)) {
            self.shape = at / 2;
            self.shapes.swap(at, at / 2);
            return;
        }
        self.shapes.truncate(SHAPES - 1);
        self.shapes.push(Shape::new(metadata));
        self.shape = self.shapes.len() - 1;
    }

    /// Returns false if it is no line that can be written as it is.
    fn put_together(&mut self, at: Timestamp) -> bool {
        let shape = &self.shapes[self.shape];
        if shape.has_name_twice || self.message.len() + self.fields.len() > MAX_LINE {
            return false;
        }
        let line = &mut self.line;
        line.push_str(r#"{"timestamp":""#);
        push_instant(line, at, &mut self.second);
        line.push_str(&shape.head);
        line.push_str(&self.message);
        line.push('"');
        line.push_str(&self.fields);
        line.push_str("}\n");
        line.len() <= MAX_LINE
    }

    fn give_back(mut self) {
        let texts = [&mut self.line, &mut self.message, &mut self.fields];
        if texts.iter().all(|text| text.capacity() <= MOST_KEPT) {
            texts.into_iter().for_each(String::clear);
            let _ = SCRATCH.try_with(|kept| kept.set(self));
        }
    }

    /// Where the value of a field belongs, after its key; nothing for the message.
    fn value_of(&mut self, field: &Field) -> Option<&mut String> {
        let (shape, index) = (&self.shapes[self.shape], field.index());
        if shape.message == Some(index) {
            return None;
        }
        self.fields.push_str(shape.key(index));
        Some(&mut self.fields)
    }

    /// A message that is no text is none.
    fn push(&mut self, field: &Field, push: impl FnOnce(&mut String)) {
        if let Some(out) = self.value_of(field) {
            push(out);
        }
    }

    fn push_text(&mut self, field: &Field, push: impl FnOnce(&mut String)) {
        match self.value_of(field) {
            None => push(&mut self.message),
            Some(out) => {
                out.push('"');
                push(out);
                out.push('"');
            }
        }
    }
}

impl Visit for Scratch {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, |out| json::push_float(out, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, |out| json::push_number(out, value < 0, value.unsigned_abs()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, |out| json::push_number(out, false, value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, |out| out.push_str(if value { "true" } else { "false" }));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push_text(field, |out| json::push_escaped(out, start_of(value, MAX_LINE)));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let chain = tasks_core::__private::chain_text(value);
        self.push_text(field, |out| Escaped(out).take(format_args!("{chain}")));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push_text(field, |out| Escaped(out).take(format_args!("{value:?}")));
    }
}

/// Text that is escaped as it comes, and stops growing when no line has room for it.
struct Escaped<'a>(&'a mut String);

impl Escaped<'_> {
    fn take(&mut self, value: fmt::Arguments<'_>) {
        // An error means that it is full, or that somebody's `Debug` gave up.
        let _ = self.write_fmt(value);
    }
}

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() > MAX_LINE {
            return Err(fmt::Error);
        }
        // What is cut here leaves a line that is too long to be written so.
        json::push_escaped(self.0, start_of(text, MAX_LINE));
        Ok(())
    }
}

/// As `{:.6}`, with the part that changes once a second kept.
fn push_instant(out: &mut String, at: Timestamp, kept: &mut Option<(i64, String)>) {
    let (second, mut micros) = (at.as_second(), at.subsec_nanosecond() / 1000);
    if kept.as_ref().is_none_or(|(of, _)| *of != second) {
        let written = Timestamp::from_second(second).map(|whole| format!("{whole:.6}"));
        *kept = written.ok().map(|written| (second, written.trim_end_matches("000000Z").to_owned()));
    }
    match kept {
        Some((_, written)) if at >= Timestamp::UNIX_EPOCH => out.push_str(written),
        // Before that the fraction counts backwards. Writing to a string does not fail.
        _ => {
            let _ = write!(out, "{at:.6}");
            return;
        }
    }
    let mut fraction = *b"000000Z";
    for digit in fraction[..6].iter_mut().rev() {
        *digit += (micros % 10) as u8;
        micros /= 10;
    }
    out.push_str(std::str::from_utf8(&fraction).unwrap_or_default());
}

#[cfg(test)]
mod tests;
