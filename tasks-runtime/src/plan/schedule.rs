//! When a task is due, from what was written.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use tasks_core::{
    __private::Facts,
    BoxError,
    policy::{Misfire, Schedule},
    zone::{WallSchedule, Zone, ZoneError},
};
use tasks_schedule::{Cron, parse_rfc3339};

use super::{Defaults, PlannedSchedule, Rule, Walk};
use crate::{error::Problem, spread::Spread};

/// Zones that were looked up before: their data is decoded once, not for each
/// of ten thousand tasks.
#[derive(Debug, Default)]
pub(super) struct Zones(HashMap<String, Result<Zone, ZoneError>>);

/// The word for the machine's own zone.
const LOCAL: &str = "local";

impl Zones {
    /// Checks the zone of schedules that name none.
    pub(super) fn check_default(&mut self, name: &str, problems: &mut Vec<Problem>) {
        if let Err(error) = self.get(name) {
            problems.push(Problem::new("timezone", error.to_string(), remedy(&error)));
        }
    }

    fn get(&mut self, name: &str) -> Result<Zone, ZoneError> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let found = if name.eq_ignore_ascii_case(LOCAL) { Zone::local() } else { Zone::parse(name) };
        self.0.insert(name.to_owned(), found.clone());
        found
    }
}

/// Reads a schedule and reports everything in it that cannot be read.
pub(super) fn plan(
    definition: &Facts<'_>,
    defaults: &Defaults,
    zones: &mut Zones,
    problems: &mut Vec<Problem>,
) -> Option<PlannedSchedule> {
    let written = definition.options;
    let mut report = |problem: String, remedy: &str| {
        let problem = format!("task `{}`: {problem}", definition.name);
        problems.push(Problem::new(definition.location, problem, remedy));
    };
    let rule = match written.schedule? {
        Schedule::Every(period) if written.align == Some(true) => Some(Rule::Aligned { period }),
        Schedule::Every(period) => {
            Some(Rule::Every { period, first: written.initial_delay.unwrap_or(period) })
        }
        Schedule::Delay(delay) => {
            Some(Rule::Delay { delay, first: written.initial_delay.unwrap_or_default() })
        }
        Schedule::Cron(text) => {
            let cron = Cron::parse(text)
                .map_err(|error| report(format!("cron `{text}` cannot be used: {error}"), ""))
                .ok();
            // What is wrong with the default is told once, not for each task.
            let zone = match written.timezone {
                Some(name) => zones.get(name).map_err(|error| report(error.to_string(), remedy(&error))).ok(),
                None => zones.get(&defaults.timezone).ok(),
            };
            cron.zip(zone).map(|(cron, zone)| Rule::Cron(Box::new(WallSchedule::new(cron, zone))))
        }
        Schedule::At(text) => instant(text)
            .map(Rule::At)
            .map_err(|error| report(format!("at `{text}` cannot be used: {error}"), ""))
            .ok(),
        other => {
            report(format!("the schedule {other:?} is not known here"), "");
            None
        }
    };
    let spread = match (written.spread.unwrap_or_default(), &defaults.host) {
        (Duration::ZERO, _) => Spread::default(),
        (length, Some(host)) => Spread::new(length, host, definition.name),
        (_, None) => {
            report(
                "`spread` is counted from the machine's name, and this machine has none".to_owned(),
                "leave it out; `jitter` needs no name",
            );
            Spread::default()
        }
    };
    Some(PlannedSchedule {
        rule: rule?,
        misfire: written.misfire.unwrap_or(Misfire::Once),
        on_start: written.on_start.unwrap_or(false),
        jitter: written.jitter.unwrap_or_default(),
        spread,
        walk: Walk::default(),
    })
}

fn remedy(error: &ZoneError) -> &'static str {
    if error.is_local() {
        "set `TZ` to the name of a zone, such as `Europe/Madrid`, or write the name instead of `local`"
    } else {
        ""
    }
}

fn instant(text: &str) -> Result<Timestamp, BoxError> {
    let instant = parse_rfc3339(text)?;
    // Nanoseconds of a second always fit.
    Ok(Timestamp::new(instant.seconds(), instant.nanoseconds().cast_signed())?)
}

impl PlannedSchedule {
    /// By how much its firings are moved on this machine, as far as its period
    /// is the same each time: one of `cron` may be cut further.
    #[cfg_attr(not(any(feature = "cli", test)), expect(dead_code, reason = "for the command line"))]
    pub(crate) fn spread_offset(&self) -> Duration {
        self.spread.offset(match self.rule {
            Rule::Every { period, .. } | Rule::Aligned { period } => Some(period),
            Rule::Delay { delay, .. } => Some(delay),
            Rule::Cron(_) | Rule::At(_) => None,
        })
    }

    /// The next instant on the wall clock after `now`. None for rules of the
    /// monotonic clock, and for instants that are all over.
    #[cfg_attr(not(any(feature = "cli", test)), expect(dead_code, reason = "for the command line"))]
    pub(crate) fn next_instant(&self, now: Timestamp) -> Option<Timestamp> {
        match &self.rule {
            Rule::Every { .. } | Rule::Delay { .. } => None,
            Rule::Aligned { period } => {
                let period = i128::try_from(period.as_nanos()).ok()?;
                let next = (now.as_nanosecond().div_euclid(period) + 1) * period;
                Timestamp::from_nanosecond(next).ok()
            }
            Rule::Cron(schedule) => schedule.next_after(now).map(|due| due.at),
            Rule::At(at) => (*at > now).then_some(*at),
        }
    }

    /// Whether no instant is left for it on the wall clock.
    #[cfg(feature = "cli")]
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        match &self.rule {
            Rule::Every { .. } | Rule::Delay { .. } => false,
            Rule::Aligned { .. } | Rule::Cron(_) | Rule::At(_) => self.next_instant(now).is_none(),
        }
    }
}
