//! What can be wrong with an expression, in words.

use std::fmt;

use super::field::CronField;

/// A mistake in a cron expression: where it is, what was found, what is
/// allowed there; made by [`Cron::parse`](super::Cron::parse).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronError {
    pub(super) problem: Problem,
    pub(super) field: Option<CronField>,
    pub(super) found: String,
    pub(super) allowed: Option<String>,
    pub(super) remedy: Option<String>,
    pub(super) offset: usize,
    pub(super) column: usize,
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

impl CronError {
    /// An error about a part of the expression. Offsets become columns when
    /// the whole expression is at hand, in [`located`](Self::located).
    pub(super) fn new(problem: Problem, found: impl Into<String>, offset: usize) -> Self {
        Self { problem, field: None, found: found.into(), allowed: None, remedy: None, offset, column: 0 }
    }

    pub(super) fn field_is(mut self, field: CronField) -> Self {
        self.field = Some(field);
        self
    }

    pub(super) fn allowed_are(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = Some(allowed.into());
        self
    }

    pub(super) fn remedy_is(mut self, remedy: Option<String>) -> Self {
        self.remedy = remedy;
        self
    }

    pub(super) fn located(mut self, expression: &str) -> Self {
        self.column = 1 + expression[..self.offset].chars().count();
        self
    }

    /// The field that holds the mistake, or `None` when it is about the
    /// expression as a whole.
    pub fn field(&self) -> Option<CronField> {
        self.field
    }

    /// The text in question.
    pub fn found(&self) -> &str {
        &self.found
    }

    /// What the place allows, where that can be listed.
    pub fn allowed(&self) -> Option<&str> {
        self.allowed.as_deref()
    }

    /// What to write in place of [`found`](Self::found), where that can be
    /// guessed.
    pub fn remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }

    /// Where the text in question begins, in bytes from the start of the
    /// expression.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Where the text in question begins, in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Whether the expression reads well and fires in no year.
    pub fn is_never(&self) -> bool {
        self.problem == Problem::NeverFires
    }
}

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.found.escape_debug();
        match self.problem {
            Problem::Empty => write!(f, "the expression is empty")?,
            Problem::FieldCount(count) => {
                let fields = if count == 1 { "field" } else { "fields" };
                write!(f, "found {count} {fields}")?;
            }
            Problem::UnknownAlias => write!(f, "`{found}` is not a known alias")?,
            Problem::OutOfRange => write!(f, "`{found}` is out of range")?,
            Problem::StepOutOfRange => write!(f, "step `{found}` is out of range")?,
            Problem::NotUnderstood => write!(f, "`{found}` is not understood")?,
            Problem::EmptyItem => write!(f, "empty list item")?,
            Problem::QuestionMark => write!(f, "`{found}` is not supported")?,
            Problem::StepWithoutRange => write!(f, "`{found}` has a step without a range")?,
            Problem::Backwards => write!(f, "range `{found}` runs backwards")?,
            Problem::NeverFires => write!(f, "`{found}` can never fire: no year has such a date")?,
        }
        if let Some(field) = self.field {
            write!(f, " in the {field} field (column {})", self.column)?;
        }
        if let Some(allowed) = &self.allowed {
            write!(f, ": allowed are {allowed}")?;
        }
        if let Some(remedy) = &self.remedy {
            write!(f, "; write `{}`", remedy.escape_debug())?;
        }
        Ok(())
    }
}

impl std::error::Error for CronError {}
