//! One event as one line: for a reader, or as a flat JSON object.

pub(super) mod direct;
mod json;
mod pretty;

use jiff::Timestamp;
use tracing::Level;

use super::fields::{MAX_LINE, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For a reader.
    Pretty { colour: bool },
    /// One JSON object a line, all fields at the top level.
    Json,
}

/// An event with everything that its line shows.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) at: Timestamp,
    pub(super) level: Level,
    pub(super) target: &'a str,
    pub(super) message: &'a str,
    /// Each name once.
    pub(super) fields: Vec<(&'a str, &'a Value)>,
}

/// How much of each value is shown, from all to very little, until a line fits.
const LIMITS: [usize; 4] = [MAX_LINE, 8 * 1024, 1024, 128];

impl Format {
    /// Returns the line, its end included; at most 64 KiB.
    pub(super) fn line(self, record: &Record<'_>) -> String {
        for limit in LIMITS {
            let line = self.cut_line(record, limit);
            if line.len() <= MAX_LINE {
                return line;
            }
        }
        let bare = Record { fields: Vec::new(), ..*record };
        self.cut_line(&bare, LIMITS[LIMITS.len() - 1])
    }

    fn cut_line(self, record: &Record<'_>, limit: usize) -> String {
        let mut line = String::with_capacity(512);
        match self {
            Self::Json => json::write(&mut line, record, limit),
            Self::Pretty { colour } => pretty::write(&mut line, record, limit, colour),
        }
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests;
