//! A time zone that does not exist, in words.

use std::fmt;

use tasks_schedule::suggest;

/// A name that no zone of the bundled data has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneError {
    name: String,
    suggestion: Option<String>,
}

impl ZoneError {
    pub(super) fn new(name: &str, known: impl Iterator<Item = String>) -> Self {
        let known: Vec<String> = known.collect();
        // A city alone names one zone, mostly; `New York` is written with a
        // space nearly as often as without one.
        let city = name.replace(' ', "_");
        let by_city = || {
            known
                .iter()
                .find(|zone| zone.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&city)))
        };
        let suggestion = suggest(&city, known.iter().map(String::as_str))
            .or_else(|| by_city().map(String::as_str))
            .map(str::to_owned);
        Self { name: name.to_owned(), suggestion }
    }

    /// The name that was not found.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone that was probably meant.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown time zone `{}`: ", self.name.escape_debug())?;
        match &self.suggestion {
            Some(zone) => write!(f, "did you mean `{zone}`?"),
            None => f.write_str("write an IANA name such as `Europe/Berlin`, or `UTC`"),
        }
    }
}

impl std::error::Error for ZoneError {}
