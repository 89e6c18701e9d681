//! The two attributes, as those who know options.

use std::fmt;

/// Which of the two attributes a task is declared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Attribute {
    /// `#[task]`.
    Task,
    /// `#[scheduled]`.
    Scheduled,
}

impl Attribute {
    /// Finds an attribute by its name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "task" => Some(Self::Task),
            "scheduled" => Some(Self::Scheduled),
            _ => None,
        }
    }

    /// Returns an option that everybody understands, to show what an option looks like.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::Task => "timeout = \"30s\"",
            Self::Scheduled => "every = \"5m\"",
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Task => "task",
            Self::Scheduled => "scheduled",
        })
    }
}
