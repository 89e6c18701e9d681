//! The line that a contender writes.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

/// Writes a line to stdout at once. A closed pipe is the reader's choice.
pub fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Named numbers, in the order in which they were added.
#[derive(Debug, Default)]
#[must_use = "figures are written by `write`"]
pub struct Figures(String);

impl Figures {
    /// Adds one. Its unit is part of its name.
    pub fn with(mut self, name: &str, value: f64) -> Self {
        // Writing to a string does not fail.
        let _ = write!(self.0, " {name}={value:.3}");
        self
    }

    /// Writes the line.
    pub fn write(&self) {
        say(&format!("figures{}", self.0));
    }
}
