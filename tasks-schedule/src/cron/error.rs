//! What can be wrong with an expression, in words.

use std::fmt;

use super::fault::{Allowed, CronFault, Problem};
use super::field::CronField;

/// A mistake in a cron expression: where it is, what was found, what is
/// allowed there; made by [`Cron::parse`](super::Cron::parse).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronError {
    problem: Problem,
    field: Option<CronField>,
    found: String,
    allowed: Option<String>,
    remedy: Option<String>,
    offset: usize,
    column: usize,
}

impl CronError {
    /// Everything there is to say about a mistake in `expression`.
    pub(super) fn of(fault: &CronFault<'_>, expression: &str) -> Self {
        let &CronFault { problem, field, found, offset, allowed, remedy } = fault;
        Self {
            problem,
            field,
            found: found.to_owned(),
            allowed: match allowed {
                Allowed::Unsaid => None,
                Allowed::Words(words) => Some(words.to_owned()),
                Allowed::UpTo(1) => Some("1".to_owned()),
                Allowed::UpTo(most) => Some(format!("1-{most}")),
            },
            remedy: remedy.text(found, field),
            offset,
            column: 1 + expression[..offset].chars().count(),
        }
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
        match (self.problem, self.problem.words()) {
            (Problem::FieldCount(1), _) => f.write_str("found 1 field")?,
            (Problem::FieldCount(count), _) => write!(f, "found {count} fields")?,
            (_, (before, "")) => f.write_str(before)?,
            (_, (before, after)) => write!(f, "{before}`{found}`{after}")?,
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
