//! A schedule as running code writes it.

use std::time::Duration;

use jiff::Timestamp;
use tasks_core::policy::{self, Misfire, Options};

/// When a task is due, said while the program runs.
///
/// It is what `#[scheduled]` says in an annotation, with the same options, the
/// same defaults and the same checks, which are made by whoever takes it:
/// [`Handle::reschedule`](crate::Handle::reschedule). Its grid begins at that
/// moment.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use tasks_runtime::Schedule;
///
/// let often = Schedule::every(Duration::from_secs(300)).jitter(Duration::from_secs(10));
/// let nightly = Schedule::cron("30 2 * * MON-FRI").timezone("Europe/Madrid");
/// # drop((often, nightly));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a schedule does nothing until a task is given it"]
pub struct Schedule {
    rule: Rule,
    timezone: Option<String>,
    initial_delay: Option<Duration>,
    align: Option<bool>,
    on_start: Option<bool>,
    jitter: Option<Duration>,
    spread: Option<Duration>,
    misfire: Option<Misfire>,
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    Off,
    Every(Duration),
    Delay(Duration),
    Cron(String),
    /// RFC 3339, as every other schedule's instant is written.
    At(String),
}

impl Schedule {
    fn new(rule: Rule) -> Self {
        Self {
            rule,
            timezone: None,
            initial_delay: None,
            align: None,
            on_start: None,
            jitter: None,
            spread: None,
            misfire: None,
        }
    }

    /// Fixed rate: one period from now, then on a grid that never drifts.
    pub fn every(period: Duration) -> Self {
        Self::new(Rule::Every(period))
    }

    /// Fixed delay: at once, then so long after the end of each scheduled run.
    pub fn delay(delay: Duration) -> Self {
        Self::new(Rule::Delay(delay))
    }

    /// The civil times that a cron expression names, in the zone of the builder
    /// (UTC by default) unless [`timezone`](Self::timezone) names another.
    pub fn cron(expression: impl Into<String>) -> Self {
        Self::new(Rule::Cron(expression.into()))
    }

    /// Once, at this instant. One that passed more than a minute ago is
    /// skipped as `misfire`.
    pub fn at(instant: Timestamp) -> Self {
        Self::new(Rule::At(instant.to_string()))
    }

    /// Never: the task stays, and runs when somebody asks.
    pub fn off() -> Self {
        Self::new(Rule::Off)
    }

    /// Sets the zone of a cron expression: an IANA name such as `Europe/Madrid`,
    /// or `local` for the machine's own.
    pub fn timezone(mut self, name: impl Into<String>) -> Self {
        self.timezone = Some(name.into());
        self
    }

    /// Sets the time before the first firing of `every` (by default one
    /// period) and `delay` (by default none).
    pub fn initial_delay(mut self, delay: Duration) -> Self {
        self.initial_delay = Some(delay);
        self
    }

    /// Puts the grid of `every` on the wall clock, from midnight UTC. The
    /// period must divide 24 h.
    pub fn align(mut self) -> Self {
        self.align = Some(true);
        self
    }

    /// Adds one firing at once.
    pub fn on_start(mut self) -> Self {
        self.on_start = Some(true);
        self
    }

    /// Sets the longest random delay of a firing, fresh for each and cut to
    /// the period; none by default.
    pub fn jitter(mut self, longest: Duration) -> Self {
        self.jitter = Some(longest);
        self
    }

    /// Sets the longest offset of the schedule, which each machine keeps: so
    /// that replicas do not fire together; none by default.
    pub fn spread(mut self, longest: Duration) -> Self {
        self.spread = Some(longest);
        self
    }

    /// Sets what becomes of instants that passed unserved; by default one run
    /// for the latest of them.
    pub fn misfire(mut self, misfire: Misfire) -> Self {
        self.misfire = Some(misfire);
        self
    }

    pub(crate) fn is_off(&self) -> bool {
        self.rule == Rule::Off
    }

    /// Writes it into the options of a definition. One that is off writes nothing.
    pub(crate) fn write<'a>(&'a self, options: &mut Options<'a>) {
        options.schedule = match &self.rule {
            Rule::Off => return,
            Rule::Every(period) => Some(policy::Schedule::Every(*period)),
            Rule::Delay(delay) => Some(policy::Schedule::Delay(*delay)),
            Rule::Cron(expression) => Some(policy::Schedule::Cron(expression)),
            Rule::At(instant) => Some(policy::Schedule::At(instant)),
        };
        options.timezone = self.timezone.as_deref();
        options.initial_delay = self.initial_delay;
        options.align = self.align;
        options.on_start = self.on_start;
        options.jitter = self.jitter;
        options.spread = self.spread;
        options.misfire = self.misfire;
    }
}
