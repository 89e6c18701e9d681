//! A value as it was written, before it is known what it should be.

/// A value as it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Written {
    /// What it is by its looks.
    pub form: Form,
    /// The text as it stands in the source, for messages that repeat it.
    pub text: String,
}

impl Written {
    /// Returns a text, as if it stood in quotes.
    #[must_use]
    pub fn quoted(text: &str) -> Self {
        Self { form: Form::Text(text.into()), text: format!("{text:?}") }
    }

    /// Returns the text without the spaces that tokens have between them.
    pub(crate) fn compact(&self) -> String {
        self.text.replace(' ', "")
    }
}

/// The forms that a value can have.
#[derive(Clone, PartialEq, Debug)]
pub enum Form {
    /// A string.
    Text(String),
    /// A whole number; one too long to read is the largest.
    Integer(i128),
    /// A number with a point.
    Float(f64),
    /// A number with something at its end: `5m`.
    Suffixed,
    /// `true` or `false`.
    Bool(bool),
    /// `[a, b]`.
    List(Vec<Written>),
    /// One word without quotes.
    Word(String),
    /// Anything else.
    Expression,
}
