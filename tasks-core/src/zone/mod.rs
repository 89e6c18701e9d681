//! Time zones, and the rule for daylight saving time.
//!
//! Zone data is always the bundled one: a container without
//! `/usr/share/zoneinfo` behaves as every other machine does, and a name that
//! compiled exists at run time. `TZ` and `/etc/localtime` are looked at only for
//! [`Zone::local`], which never takes what it cannot read for UTC.
//!
//! # The rule
//!
//! A cron expression speaks of local time, which a zone may skip (a *gap*,
//! when clocks go forward) or repeat (a *fold*, when they go back).
//!
//! 1. When neither its hour nor its minute field holds a wildcard or a step,
//!    its local times are fixed, and each takes place exactly once: one inside
//!    a gap at the first instant after the gap, one inside a fold in the first
//!    pass. Several inside one gap are one firing.
//! 2. Otherwise the expression follows elapsed time: it fires in both passes
//!    of a fold, and has nothing to do in a gap.
//! 3. Firings are strictly increasing instants, whatever a zone does.
//!
//! This is the rule of ISC cron, applied to lists and ranges as well.

mod due;
mod error;
mod local;
mod past;
mod segment;
mod wall;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::tz::{TimeZone, TimeZoneDatabase};

pub use due::{DstNote, Due};
pub use error::ZoneError;
pub use wall::{Place, Upcoming, WallSchedule};

/// A time zone: one of the bundled IANA data, or the machine's own.
///
/// ```
/// use tasks_core::zone::Zone;
///
/// assert_eq!(Zone::parse("europe/madrid").unwrap().name(), "Europe/Madrid");
///
/// let error = Zone::parse("Europe/Madird").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "unknown time zone `Europe/Madird`: did you mean `Europe/Madrid`?"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    zone: TimeZone,
    /// For a zone that is none of the IANA data.
    shown: Option<Arc<str>>,
}

impl Zone {
    /// Coordinated Universal Time, the default of every schedule.
    pub const UTC: Self = Self { zone: TimeZone::UTC, shown: None };

    /// Finds a zone by its IANA name, in any case.
    ///
    /// # Errors
    ///
    /// If the bundled data has no such zone, with the name that was probably
    /// meant.
    pub fn parse(name: &str) -> Result<Self, ZoneError> {
        // `jiff::tz::db()` would prefer the machine's own files as soon as any
        // crate in the program switches that feature on.
        let database = TimeZoneDatabase::bundled();
        match database.get(name) {
            Ok(zone) if !zone.is_unknown() => Ok(Self { zone, shown: None }),
            _ => Err(ZoneError::new(name, database.available().map(|name| name.to_string()))),
        }
    }

    /// Finds the machine's own zone: what the variable `TZ` says (a name, the
    /// path of a file, or a POSIX rule), or else what `/etc/localtime` is a link
    /// to or holds; on Windows what the system says.
    ///
    /// # Errors
    ///
    /// If `TZ` is empty or means nothing, or there is no readable
    /// `/etc/localtime`, with what was found: it is never taken for UTC.
    pub fn local() -> Result<Self, ZoneError> {
        local::find()
    }

    fn named(zone: TimeZone, name: &str) -> Self {
        Self { zone, shown: Some(name.into()) }
    }

    /// The zone's name, spelled as in the IANA data; of [`local`](Self::local)
    /// zones without a name the POSIX rule or the path of the file.
    pub fn name(&self) -> &str {
        self.shown.as_deref().or(self.zone.iana_name()).unwrap_or("UTC")
    }

    /// The zone as `jiff` knows it, to show instants in.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(name: &str) -> Result<Self, ZoneError> {
        Self::parse(name)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}
