//! What the builder and the command line say, and what holds where nobody said anything.

use std::time::Duration;

use tasks_core::{
    Registry,
    policy::{Jitter, MaxRetries, RestartPolicy},
};

use crate::spread;

use super::{Backoff, Restart, Retry};
use crate::config::Layer;

/// Everything that a plan is made of.
#[derive(Debug)]
pub(crate) struct PlanInputs {
    pub(crate) registry: Registry,
    /// What is configured, the weakest layer first.
    pub(crate) layers: Vec<Layer>,
    pub(crate) selection: Selection,
    /// Pools and their sizes as the builder was given them, in any order.
    pub(crate) pools: Vec<(String, u32)>,
    /// From the first signal to the end of the process.
    pub(crate) budget: Duration,
    pub(crate) defaults: Defaults,
}

impl PlanInputs {
    /// The tasks of a registry, with everything else at its default.
    pub(crate) fn new(registry: Registry) -> Self {
        Self {
            registry,
            layers: Vec::new(),
            selection: Selection::default(),
            pools: Vec::new(),
            budget: Defaults::BUDGET,
            defaults: Defaults::default(),
        }
    }
}

/// What is in force where nothing was written.
#[derive(Clone, Debug)]
pub(crate) struct Defaults {
    /// The limit of a scheduled `async fn`; others have none.
    pub(crate) scheduled_timeout: Option<Duration>,
    pub(crate) grace: Duration,
    pub(crate) retry: Retry,
    pub(crate) restart: Restart,
    /// The zone of cron expressions.
    pub(crate) timezone: String,
    /// The name of this machine, from which `spread` is counted.
    pub(crate) host: Option<String>,
}

impl Defaults {
    /// The time from the first signal to the end of the process.
    pub(crate) const BUDGET: Duration = Duration::from_secs(5);
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            scheduled_timeout: Some(Duration::from_secs(5 * 60)),
            grace: Duration::from_secs(2),
            retry: Retry {
                max: MaxRetries::Limited(0),
                backoff: Backoff {
                    delay: Duration::from_secs(1),
                    factor: 2.0,
                    max_delay: Duration::from_secs(60),
                    jitter: Jitter::Full,
                },
                panics: false,
            },
            restart: Restart {
                policy: RestartPolicy::Never,
                backoff: Backoff {
                    delay: Duration::from_millis(100),
                    factor: 2.0,
                    max_delay: Duration::from_secs(30),
                    jitter: Jitter::Full,
                },
                max: 5,
                within: Duration::from_secs(30),
            },
            timezone: "UTC".to_owned(),
            host: spread::host(),
        }
    }
}

/// The tasks that the command line chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// `--only-tasks`; empty: every task.
    pub(crate) only: Vec<Choice>,
    /// `--skip-tasks`.
    pub(crate) skip: Vec<Choice>,
}

/// One word of `--only-tasks` or `--skip-tasks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The task of this name.
    Name(String),
    /// Every task with this tag.
    Tag(String),
}

impl Choice {
    /// Reads `NAME` or `tag:TAG`.
    #[cfg_attr(not(any(feature = "cli", test)), expect(dead_code, reason = "for the command line"))]
    pub(crate) fn parse(word: &str) -> Self {
        match word.strip_prefix("tag:") {
            Some(tag) => Self::Tag(tag.trim().to_owned()),
            None => Self::Name(word.to_owned()),
        }
    }
}
