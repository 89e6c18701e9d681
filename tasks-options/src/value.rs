//! Values, checked.

use std::time::Duration;

use crate::{Counted, OptionRow};

/// The value of an option.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A task's name.
    Name(String),
    /// A list of words.
    Words(Vec<String>),
    /// A duration.
    Duration(Duration),
    /// A limit; nothing if it is switched off.
    Limit(Option<Duration>),
    /// The parts that were set of an option that has parts.
    Parts(Vec<(&'static OptionRow, Self)>),
    /// The type in `tasks-core` and its variant.
    Choice(&'static str, &'static str),
    /// The type in `tasks-core`, its variant and the number in it.
    Counted(&'static str, Counted),
    /// A whole number from 1.
    Count(u32),
    /// How many attempts after the first.
    Max(Max),
    /// A factor.
    Factor(f64),
    /// The name of a pool; nothing if it is switched off.
    Pool(Option<String>),
    /// `true` or `false`.
    Bool(bool),
    /// The variant of `Schedule` and its period.
    Period(&'static str, Duration),
    /// A cron expression, as it was written.
    Cron(String),
    /// An RFC 3339 instant, as it was written.
    Instant(String),
    /// The name of a time zone, as the zone data spells it.
    Zone(String),
    /// Something that only source code can hold; its reader keeps it apart.
    Code,
}

/// How many attempts after the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Max {
    /// At most so many.
    Limited(u32),
    /// As many as it takes.
    Unlimited,
}
