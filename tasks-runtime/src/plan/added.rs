//! What running code adds to a plan, or changes in it, checked as the rest was.

use std::{fmt, panic::Location as Caller};

use tasks_core::{BodyKind, Definition, Location, policy::Options};
use tasks_schedule::format_duration;

use super::{
    Defaults, PlannedSchedule, Rule, options,
    schedule::{self, Zones},
};
use crate::{error::Problem, schedule::Schedule};

/// Reads a schedule for a task of this name; `None` if it is off.
///
/// # Errors
///
/// Everything that is wrong with it, at the place of the call.
pub(crate) fn read_schedule(
    given: &Schedule,
    task: &str,
    caller: &Caller<'_>,
    defaults: &Defaults,
) -> Result<Option<PlannedSchedule>, Vec<Problem>> {
    if given.is_off() {
        return Ok(None);
    }
    let mut written = Options::NONE;
    given.write(&mut written);
    let definition = Definition {
        name: task,
        description: "",
        location: Location { file: caller.file(), line: caller.line(), module_path: "" },
        body: BodyKind::Async,
        scheduled: true,
        options: written,
    };
    let mut problems = Vec::new();
    options::check(&definition, false, &mut problems);
    let planned = schedule::plan(&definition, defaults, &mut Zones::default(), &mut problems);
    problems.sort();
    problems.dedup();
    if problems.is_empty() { Ok(planned) } else { Err(problems) }
}

/// Says when it is due: `every 5m, jitter 10s`.
impl fmt::Display for PlannedSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = match &self.rule {
            Rule::Every { period, first } => {
                write!(f, "every {}", format_duration(*period))?;
                (first != period).then_some(*first)
            }
            Rule::Aligned { period } => {
                write!(f, "every {} on the wall clock", format_duration(*period))?;
                None
            }
            Rule::Delay { delay, first } => {
                write!(f, "{} after each run", format_duration(*delay))?;
                (!first.is_zero()).then_some(*first)
            }
            Rule::Cron(wall) => {
                write!(f, "cron {} in {}", wall.cron(), wall.zone())?;
                None
            }
            Rule::At(at) => {
                write!(f, "once at {at}")?;
                None
            }
        };
        if let Some(first) = first {
            write!(f, ", first after {}", format_duration(first))?;
        }
        if !self.jitter.is_zero() {
            write!(f, ", jitter {}", format_duration(self.jitter))?;
        }
        if self.on_start { f.write_str(", and at start") } else { Ok(()) }
    }
}
