//! What a layer says, as it was written.

use std::time::Duration;

use tasks_options::Written;

use super::Origin;
use crate::error::Problem;

/// Everything that one source says.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    /// Every task that it names, with the place of the name.
    pub(crate) named: Vec<(String, Origin)>,
    /// The options, in the order in which they were set.
    pub(crate) entries: Vec<Entry>,
    /// The sizes of pools.
    pub(crate) pools: Vec<GivenPool>,
    /// From the first signal to the end of the process.
    pub(crate) budget: Option<(Duration, Origin)>,
    /// What could not be read at all.
    pub(crate) problems: Vec<Problem>,
    /// Why nobody knows what it says: the machine is short of something, and may not be next time.
    pub(crate) failure: Option<String>,
}

/// One option that was set.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) target: Target,
    /// The key, as it was written.
    pub(crate) key: String,
    /// The key inside of an option that has parts.
    pub(crate) part: Option<String>,
    pub(crate) given: Given,
    pub(crate) origin: Origin,
    /// Why, for listings: of `enabled`.
    pub(crate) reason: Option<String>,
}

/// Whose option is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The task of this name.
    Task(String),
    /// Every task that does not set it itself.
    Default,
}

/// A value as it was given.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// With its form, as in source code.
    Written(Written),
    /// As mere text, whose form the option decides.
    Text(String),
}

/// The size of a pool.
#[derive(Clone, Debug)]
pub(crate) struct GivenPool {
    pub(crate) name: String,
    pub(crate) size: u32,
    pub(crate) origin: Origin,
}
