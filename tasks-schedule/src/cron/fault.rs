//! What the reader found to be wrong, so small that const evaluation carries it.

use super::field::CronField;

/// A mistake in a cron expression that was read in const evaluation; made by
/// [`Cron::check`](super::Cron::check).
///
/// It borrows from the text and consists of what is wrong and where. What to
/// write instead is in the [`CronError`](super::CronError) of
/// [`Cron::parse`](super::Cron::parse).
#[derive(Clone, Copy, Debug)]
pub struct CronFault<'a> {
    pub(super) problem: Problem,
    pub(super) field: Option<CronField>,
    pub(super) found: &'a str,
    pub(super) offset: usize,
    pub(super) allowed: Allowed,
    pub(super) remedy: Remedy<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Empty,
    FieldCount(usize),
    UnknownAlias,
    OutOfRange,
    StepOutOfRange,
    NotUnderstood,
    EmptyItem,
    QuestionMark,
    StepWithoutRange,
    Backwards,
    NeverFires,
}

impl Problem {
    /// What goes in front of the text in question and behind it.
    pub(super) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty => ("the expression is empty", ""),
            Self::FieldCount(_) => ("the number of fields is wrong", ""),
            Self::UnknownAlias => ("", " is not a known alias"),
            Self::OutOfRange => ("", " is out of range"),
            Self::StepOutOfRange => ("step ", " is out of range"),
            Self::NotUnderstood => ("", " is not understood"),
            Self::EmptyItem => ("empty list item", ""),
            Self::QuestionMark => ("", " is not supported"),
            Self::StepWithoutRange => ("", " has a step without a range"),
            Self::Backwards => ("range ", " runs backwards"),
            Self::NeverFires => ("", " can never fire: no year has such a date"),
        }
    }
}

/// What the place allows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Allowed {
    Unsaid,
    Words(&'static str),
    /// 1 and what is above it, up to this.
    UpTo(u16),
}

/// What to write instead, as far as the reader knows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Remedy<'a> {
    None,
    Star,
    /// One of the aliases.
    Alias,
    /// One of the names of a field's values.
    Name,
    /// A range for a step, or no step.
    Range {
        first: &'a str,
        from: u16,
        step: &'a str,
    },
    /// A list of ranges for one that runs backwards.
    Unwrapped {
        first: &'a str,
        last: &'a str,
        from: u16,
        to: u16,
    },
}

impl<'a> CronFault<'a> {
    /// A mistake in a part of the expression, or in the whole of it.
    pub(super) const fn new(problem: Problem, found: &'a str, offset: usize) -> Self {
        Self { problem, field: None, found, offset, allowed: Allowed::Unsaid, remedy: Remedy::None }
    }

    pub(super) const fn allowed_are(self, words: &'static str) -> Self {
        Self { allowed: Allowed::Words(words), ..self }
    }

    pub(super) const fn remedy_is(self, remedy: Remedy<'a>) -> Self {
        Self { remedy, ..self }
    }

    /// The text in question.
    pub const fn found(&self) -> &'a str {
        self.found
    }

    /// The field that holds the mistake, or `None` when it is about the
    /// expression as a whole.
    pub const fn field(&self) -> Option<CronField> {
        self.field
    }

    /// What is wrong, in front of [`found`](Self::found) and behind it. With
    /// nothing behind it, the text in question has no part in the sentence.
    pub const fn message(&self) -> (&'static str, &'static str) {
        self.problem.words()
    }

    /// What the place allows, where that is the same wherever this mistake
    /// is made.
    pub const fn allowed(&self) -> Option<&'static str> {
        match self.allowed {
            Allowed::Words(words) => Some(words),
            Allowed::Unsaid | Allowed::UpTo(_) => None,
        }
    }
}
