//! A time zone that does not exist or cannot be made out, in words.

use std::fmt;

use tasks_schedule::suggest;

/// A name that no zone of the bundled data has, or a machine whose own zone
/// cannot be made out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneError {
    name: String,
    suggestion: Option<String>,
    /// What was found instead of the machine's zone.
    found: Option<String>,
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
        Self { name: name.to_owned(), suggestion, found: None }
    }

    pub(super) fn local(found: String) -> Self {
        Self { name: "local".to_owned(), suggestion: None, found: Some(found) }
    }

    /// Whether it is about the machine's own zone.
    pub fn is_local(&self) -> bool {
        self.found.is_some()
    }

    /// The name that was not found; `local` for the machine's own zone.
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
        if let Some(found) = &self.found {
            return write!(f, "the machine's time zone cannot be made out: {found}");
        }
        write!(f, "unknown time zone `{}`: ", self.name.escape_debug())?;
        match &self.suggestion {
            Some(zone) => write!(f, "did you mean `{zone}`?"),
            None => f.write_str("write an IANA name such as `Europe/Berlin`, or `UTC`"),
        }
    }
}

impl std::error::Error for ZoneError {}
