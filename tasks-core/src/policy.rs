//! Options and policies, as plain data.
//!
//! [`Options`] is what somebody wrote; every field is optional. The plan of
//! `tasks-runtime` merges it with the defaults into what is in force.

use std::{fmt, time::Duration};

/// What an annotation sets. `None` means that the option was not written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Options<'a> {
    /// Words to choose tasks by.
    pub tags: Option<&'a [&'a str]>,
    /// Limit for one attempt.
    pub timeout: Option<Limit>,
    /// Limit for the whole run.
    pub deadline: Option<Limit>,
    /// How long a listening body may take to finish once it is asked to.
    pub grace: Option<Duration>,
    /// Attempts after the first.
    pub retry: Option<RetryOptions>,
    /// Whether another run follows the end of one.
    pub restart: Option<RestartOptions>,
    /// Who is admitted first.
    pub priority: Option<Priority>,
    /// The named limit of concurrent runs that it counts against.
    pub pool: Option<Pool<'a>>,
    /// Whether its failure ends the program.
    pub essential: Option<bool>,
    /// Whether it starts by itself at all.
    pub enabled: Option<bool>,
    /// What shutdown does to a living run.
    pub on_shutdown: Option<OnShutdown>,
    /// How long shutdown leaves it alone for the sake of the tasks after it.
    pub stop_within: Option<Duration>,
    /// Whether it starts with the program.
    pub start: Option<Start>,
    /// Names of the boot tasks that must first be ready.
    pub after: Option<&'a [&'a str]>,
    /// When it is due.
    pub schedule: Option<Schedule<'a>>,
    /// The IANA zone in which a cron expression is read.
    pub timezone: Option<&'a str>,
    /// The time before the first firing of `every` and `delay`.
    pub initial_delay: Option<Duration>,
    /// Whether there is one more firing at `ready`.
    pub on_start: Option<bool>,
    /// What happens when it is wanted while it still runs.
    pub overlap: Option<Overlap>,
    /// What happens to due instants that passed unserved.
    pub misfire: Option<Misfire>,
    /// Whether the grid of `every` stands on the wall clock.
    pub align: Option<bool>,
    /// The random delay of each firing; zero: none.
    pub jitter: Option<Duration>,
    /// The fixed offset of every firing is less than this; zero: none.
    pub spread: Option<Duration>,
    /// The time after which a listening body is asked to finish.
    pub stop_after: Option<Limit>,
    /// Concurrent runs of this task.
    pub max_running: Option<u32>,
}

impl Options<'_> {
    /// Nothing written. The expansion of the macros starts from it.
    pub const NONE: Options<'static> = Options {
        tags: None,
        timeout: None,
        deadline: None,
        grace: None,
        retry: None,
        restart: None,
        priority: None,
        pool: None,
        essential: None,
        enabled: None,
        on_shutdown: None,
        stop_within: None,
        start: None,
        after: None,
        schedule: None,
        timezone: None,
        initial_delay: None,
        on_start: None,
        overlap: None,
        misfire: None,
        align: None,
        jitter: None,
        spread: None,
        stop_after: None,
        max_running: None,
    };
}

/// A limit that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// No limit.
    Off,
    /// A limit of this length.
    After(Duration),
}

impl Limit {
    /// Returns the length, or `None` when it is off.
    pub const fn duration(self) -> Option<Duration> {
        match self {
            Self::Off => None,
            Self::After(length) => Some(length),
        }
    }
}

impl From<Duration> for Limit {
    fn from(length: Duration) -> Self {
        Self::After(length)
    }
}

/// The written parts of `retry`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RetryOptions {
    /// Attempts after the first.
    pub max: Option<MaxRetries>,
    /// The wait before the second attempt; `1s` by default.
    pub delay: Option<Duration>,
    /// By how much each further wait grows; 2 by default.
    pub factor: Option<f64>,
    /// The longest wait; `1m` by default.
    pub max_delay: Option<Duration>,
    /// How a wait is spread; [`Jitter::Full`] by default.
    pub jitter: Option<Jitter>,
    /// Whether a panic is retried too; `false` by default.
    pub panics: Option<bool>,
}

impl RetryOptions {
    /// Nothing written.
    pub const NONE: Self =
        Self { max: None, delay: None, factor: None, max_delay: None, jitter: None, panics: None };

    /// At most so many attempts after the first.
    pub const fn limited(max: u32) -> Self {
        Self { max: Some(MaxRetries::Limited(max)), ..Self::NONE }
    }

    /// Attempts for ever; only a `deadline` or shutdown ends it.
    pub const fn unlimited() -> Self {
        Self { max: Some(MaxRetries::Unlimited), ..Self::NONE }
    }

    /// Sets the wait before the second attempt.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Sets by how much each further wait grows.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn factor(mut self, factor: f64) -> Self {
        self.factor = Some(factor);
        self
    }

    /// Sets the longest wait.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn max_delay(mut self, max_delay: Duration) -> Self {
        self.max_delay = Some(max_delay);
        self
    }

    /// Sets how a wait is spread.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = Some(jitter);
        self
    }

    /// Retries panics too.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn panics(mut self) -> Self {
        self.panics = Some(true);
        self
    }
}

/// So many attempts after the first.
impl From<u32> for RetryOptions {
    fn from(max: u32) -> Self {
        Self::limited(max)
    }
}

/// How often a run may be attempted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxRetries {
    /// At most so many attempts after the first.
    Limited(u32),
    /// For ever; only a `deadline` or shutdown ends it.
    Unlimited,
}

/// The written parts of `restart`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RestartOptions {
    /// After which ends another run follows.
    pub policy: Option<RestartPolicy>,
    /// The wait before the first restart; `100ms` by default.
    pub delay: Option<Duration>,
    /// By how much each further wait grows; 2 by default.
    pub factor: Option<f64>,
    /// The longest wait; `30s` by default.
    pub max_delay: Option<Duration>,
    /// How a wait is spread; [`Jitter::Full`] by default.
    pub jitter: Option<Jitter>,
    /// Restarts within `within` that are no cause for concern; 5 by default.
    pub max: Option<u32>,
    /// The time in which `max` restarts are counted; `30s` by default.
    pub within: Option<Duration>,
}

impl RestartOptions {
    /// Nothing written.
    pub const NONE: Self = Self {
        policy: None,
        delay: None,
        factor: None,
        max_delay: None,
        jitter: None,
        max: None,
        within: None,
    };
}

/// After which ends of a run another one follows. A task with any policy but
/// [`Never`](Self::Never) is a *service*: it is meant to run until shutdown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RestartPolicy {
    /// After none.
    #[default]
    Never,
    /// After an error, a panic or a timeout.
    OnFailure,
    /// After a success too.
    Always,
}

impl RestartPolicy {
    /// Returns the word that annotations and listings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::OnFailure => "on-failure",
            Self::Always => "always",
        }
    }
}

/// How a wait between attempts is spread, so that many failures at one moment
/// do not come back at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Uniform in (0, d].
    Full,
    /// Exactly d.
    Off,
}

/// Who is admitted first when a pool is full or several tasks are due at once.
///
/// A waiting run rises one level for each whole 5 s, so that none starves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// Before all others.
    Critical,
    /// Before `normal`.
    High,
    /// The default.
    #[default]
    Normal,
    /// After all others.
    Low,
}

impl Priority {
    /// Every level, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Normal, Self::Low];

    /// Returns the word that annotations and listings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}

/// The pool that a task's runs count against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool<'a> {
    /// None: the unlimited default.
    Off,
    /// The pool of this name.
    Named(&'a str),
}

/// What shutdown does to a living run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnShutdown {
    /// Its token is cancelled at once; it has until the end of the drain.
    Cancel,
    /// It is not told; it may end by itself until the end of the drain.
    Finish,
    /// It is dropped at once.
    Drop,
}

impl OnShutdown {
    /// Returns the word that annotations and listings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Finish => "finish",
            Self::Drop => "drop",
        }
    }
}

/// Whether a task starts with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// When the program is ready.
    Boot,
    /// Only when somebody asks.
    Manual,
}

impl Start {
    /// Returns the word that annotations and listings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Manual => "manual",
        }
    }
}

/// When a task is due, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Schedule<'a> {
    /// Fixed rate: a grid of this period that never drifts.
    Every(Duration),
    /// Fixed delay: from the end of one scheduled run to the start of the next.
    Delay(Duration),
    /// A cron expression, already checked by the macro and checked again at start.
    Cron(&'a str),
    /// Once, at an RFC 3339 instant.
    At(&'a str),
}

/// What happens when a task is wanted while it still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// The new one is skipped.
    Skip,
    /// So many wait; when they do, the newest is skipped.
    Queue(u32),
    /// The old one is asked to stop and then dropped; the new one starts when it is gone.
    Replace,
    /// All run.
    Allow,
    /// So many run; when they do, the newest is skipped.
    AllowUpTo(u32),
}

impl Overlap {
    /// Returns the word that annotations and listings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Queue(_) => "queue",
            Self::Replace => "replace",
            Self::Allow | Self::AllowUpTo(_) => "allow",
        }
    }

    /// Says what becomes of the runs that are due while one goes on.
    pub const fn consequence(self) -> &'static str {
        match self {
            Self::Skip => "the next ones are skipped until it ends",
            Self::Queue(_) => "the next ones wait, and are skipped when the queue is full",
            Self::Replace => "the next one cuts it short",
            Self::Allow => "the next ones start beside it, however many",
            Self::AllowUpTo(_) => "the next ones start beside it, and are skipped when too many run",
        }
    }
}

/// Shows it as annotations write it: `queue(2)`.
impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queue(number) if *number != 1 => write!(f, "queue({number})"),
            Self::AllowUpTo(number) => write!(f, "allow({number})"),
            other => f.write_str(other.as_str()),
        }
    }
}

/// What happens to due instants that passed unserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfire {
    /// One run, for the latest of them.
    Once,
    /// None of them runs.
    Skip,
    /// The latest so many run, the oldest first, one after another.
    All(u32),
}

impl Misfire {
    /// Returns the word that annotations and listings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Skip => "skip",
            Self::All(_) => "all",
        }
    }
}

/// Shows it as annotations write it: `all(5)`.
impl fmt::Display for Misfire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(number) => write!(f, "all({number})"),
            other => f.write_str(other.as_str()),
        }
    }
}
