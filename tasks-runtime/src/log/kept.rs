//! The fields of a span, kept in two pieces of memory that the next span takes over.

use std::{
    error::Error,
    fmt::{self, Write as _},
};

use tracing::field::{Field, Visit};

use super::fields::{Bounded, MAX_LINE, Value, bare_name, start_of};

/// Named values, each name once; a later value replaces an earlier one.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// The texts among the values, one after the other.
    text: String,
    fields: Vec<(&'static str, Piece)>,
}

#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Where it stands among the texts.
    Text {
        start: u32,
        len: u32,
    },
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
}

/// What holds more than this is not kept for the next span.
const MOST_TEXT: usize = 1024;
const MOST_FIELDS: usize = 32;

impl Kept {
    pub(super) const fn new() -> Self {
        Self { text: String::new(), fields: Vec::new() }
    }

    /// Takes the fields of a new span, with room for those that are recorded later.
    pub(super) fn begin(&mut self, with: &Self, room: usize) {
        self.clear();
        self.text.reserve_exact(with.text.len());
        self.text.push_str(&with.text);
        self.fields.reserve_exact(with.fields.len().max(room));
        self.fields.extend_from_slice(&with.fields);
    }

    /// Takes the fields of a later record of the same span.
    pub(super) fn merge(&mut self, new: &Self) {
        for (name, piece) in &new.fields {
            let piece = match *piece {
                Piece::Text { start, len } => self.add_text(new.text_at(start, len)),
                other => other,
            };
            self.set(name, piece);
        }
        // Texts that were replaced are not kept for ever.
        let shown =
            |(_, piece): &(_, Piece)| if let Piece::Text { len, .. } = piece { *len as usize } else { 0 };
        if self.text.len() > MOST_TEXT + 2 * self.fields.iter().map(shown).sum::<usize>() {
            self.write_anew();
        }
    }

    fn write_anew(&mut self) {
        let mut text = String::new();
        for (_, piece) in &mut self.fields {
            if let Piece::Text { start, len } = piece {
                let from = *start as usize;
                *start = text.len() as u32;
                text.push_str(&self.text[from..][..*len as usize]);
            }
        }
        self.text = text;
    }

    /// Forgets all, and keeps the memory if it is what a span mostly needs.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.fields.clear();
        if self.text.capacity() > MOST_TEXT || self.fields.capacity() > MOST_FIELDS {
            *self = Self::new();
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|(name, _)| *name)
    }

    /// The value of a name.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let (_, piece) = self.fields.iter().find(|(known, _)| *known == name)?;
        Some(match *piece {
            Piece::Text { start, len } => Value::Text(self.text_at(start, len).to_owned()),
            Piece::Signed(number) => Value::Signed(number),
            Piece::Unsigned(number) => Value::Unsigned(number),
            Piece::Float(number) => Value::Float(number),
            Piece::Bool(value) => Value::Bool(value),
        })
    }

    fn text_at(&self, start: u32, len: u32) -> &str {
        &self.text[start as usize..][..len as usize]
    }

    fn add_text(&mut self, text: &str) -> Piece {
        let start = self.text.len();
        self.text.push_str(start_of(text, MAX_LINE));
        self.text_since(start)
    }

    fn text_since(&self, start: usize) -> Piece {
        Piece::Text { start: start as u32, len: (self.text.len() - start) as u32 }
    }

    fn set(&mut self, name: &'static str, piece: Piece) {
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = piece,
            None => self.fields.push((name, piece)),
        }
    }

    fn record(&mut self, field: &Field, piece: Piece) {
        self.set(bare_name(field.name()), piece);
    }

    fn record_shown(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let start = self.text.len();
        // An error means that it is full, or that somebody's `Debug` gave up.
        let _ = Bounded::after(&mut self.text).write_fmt(value);
        let piece = self.text_since(start);
        self.record(field, piece);
    }
}

impl Visit for Kept {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.record(field, Piece::Float(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.record(field, Piece::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record(field, Piece::Unsigned(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.record(field, Piece::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let piece = self.add_text(value);
        self.record(field, piece);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.record_shown(field, format_args!("{}", tasks_core::__private::chain_text(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_shown(field, format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_were_replaced_are_let_go() {
        let (mut kept, mut new) = (Kept::new(), Kept::new());
        let long = "x".repeat(500);
        for _ in 0..1000 {
            new.clear();
            let piece = new.add_text(&long);
            new.set("state", piece);
            kept.merge(&new);
        }
        assert_eq!(kept.value("state"), Some(Value::Text(long)));
        assert!(kept.text.capacity() < 8 * MOST_TEXT, "{}", kept.text.capacity());
    }

    #[test]
    fn the_next_span_takes_over_memory_of_usual_size_only() {
        let (mut kept, mut new) = (Kept::new(), Kept::new());
        let piece = new.add_text("short");
        new.set("state", piece);
        kept.begin(&new, 4);
        kept.clear();
        assert_eq!((kept.text.capacity(), kept.fields.capacity()), (5, 4));
        new.add_text(&"x".repeat(MOST_TEXT));
        kept.begin(&new, 4);
        kept.clear();
        assert_eq!((kept.text.capacity(), kept.fields.capacity()), (0, 0));
    }
}
