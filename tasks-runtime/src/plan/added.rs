//! What running code adds to a plan, or changes in it, checked as the rest was.

use std::{fmt, panic::Location as Caller, sync::Arc};

use tasks_core::{
    BodyKind, Definition, Location, Needs, Registration, States, Task,
    policy::{Options, RestartPolicy},
};
use tasks_schedule::{format_duration, name};

use super::{
    Common, PlannedSchedule, Rule, Terms,
    build::pool_of,
    merge::Merge,
    options,
    pools::{DEFAULT, find_pool},
    schedule::{self, Zones},
    state::missing_state_of,
};
use crate::{error::Problem, schedule::Schedule, sort};

/// Reads a schedule for a task of this name; `None` if it is off.
///
/// # Errors
///
/// Everything that is wrong with it, at the place of the call.
pub(crate) fn read_schedule(
    given: &Schedule,
    task: &str,
    caller: &Caller<'_>,
    Common { defaults, shared, .. }: &Common,
) -> Result<Option<Arc<PlannedSchedule>>, Vec<Problem>> {
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
    if let Some(known) = shared.schedule(&definition) {
        return Ok(Some(known));
    }
    let mut problems = Vec::new();
    let facts = definition.__facts();
    options::check(&facts, false, &mut problems);
    let planned = schedule::plan(&facts, defaults, &mut Zones::default(), &mut problems);
    sort::all(&mut problems);
    problems.dedup();
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(planned.map(|planned| {
        let planned = Arc::new(planned);
        shared.keep_schedule(&definition, &planned);
        planned
    }))
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
        if !self.spread.is_zero() {
            write!(f, ", spread {}", format_duration(self.spread.length()))?;
        }
        if self.on_start { f.write_str(", and at start") } else { Ok(()) }
    }
}

/// A task that is given to a program that runs, but for its body.
#[derive(Clone, Debug)]
pub(crate) struct Addition {
    pub(crate) name: Arc<str>,
    pub(crate) terms: Arc<Terms>,
    /// None if it has none, or one that is off.
    pub(crate) schedule: Option<Arc<PlannedSchedule>>,
}

/// Plans a task as one before it, of which the same was written.
pub(crate) fn plan_as_before(task: &impl Task, once: bool, common: &Common) -> Option<Addition> {
    let definition = task.definition();
    if once && (definition.scheduled || definition.options.schedule.is_some()) {
        return None;
    }
    let mut needs = Needs::new();
    task.needs(&mut needs);
    name::check(definition.name).ok()?;
    let (terms, schedule) = common.shared.task(&definition, &needs)?;
    Some(Addition { name: definition.name.into(), terms, schedule })
}

/// Plans a task that is given to a program that runs. `after` and a service's
/// `restart` belong to those that are there from the start.
///
/// # Errors
///
/// Everything that is wrong with it.
pub(crate) fn plan_task(
    registration: &Registration,
    once: bool,
    common: &Common,
    states: &States,
) -> Result<Addition, Vec<Problem>> {
    let mut problems = Vec::new();
    let definition = registration.task().definition();
    let mut report = |problem: &str, remedy: &str| {
        let problem = format!("task `{}`: {problem}", definition.name);
        problems.push(Problem::new(definition.location, problem, remedy));
    };
    if let Err(error) = name::check(definition.name) {
        report(&format!("the name {:?} cannot be used: {error}", definition.name), "");
    }
    if once && (definition.scheduled || definition.options.schedule.is_some()) {
        report("it has a schedule, and would run once", "give it to `Handle::schedule`");
    }
    if definition.options.after.is_some_and(|after| !after.is_empty()) {
        report(
            "`after` belongs to tasks that are there when the program starts",
            "add it when those that it needs are ready",
        );
    }
    if definition.options.restart.is_some() {
        report(
            "`restart` belongs to tasks that are there when the program starts",
            "give it a schedule, or `retry`",
        );
    }
    let Common { defaults, set_by_default, pools, .. } = common;
    let mut merge = Merge::new(defaults, set_by_default, Zones::default());
    let mut planned = merge.task(registration, Vec::new(), &mut problems);
    // A default for services is none for what is no service.
    planned.terms_mut().restart.policy = RestartPolicy::Never;
    if let Some(input) = planned.input {
        problems.push(Problem::new(
            definition.location,
            format!(
                "task `{}`: it takes an `Input<{}>`, which nobody can give to it",
                planned.name, input.name
            ),
            "let it own the value, as a closure does",
        ));
    }
    problems.extend(missing_state_of(&planned, states));
    let pool = pool_of(&planned).filter(|pool| *pool != DEFAULT).map(str::to_owned);
    if let Some(pool) = pool {
        match find_pool(&pool, pools) {
            Ok(index) => planned.terms_mut().pool = Some(index),
            Err(remedy) => {
                let problem = format!("task `{}`: the pool `{pool}` has no size", planned.name);
                problems.push(Problem::new(definition.location, problem, remedy));
            }
        }
    }
    sort::all(&mut problems);
    problems.dedup();
    let schedule = planned.terms_mut().schedule_at_start.take();
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut needs = Needs::new();
    registration.task().needs(&mut needs);
    let (terms, schedule) = common.shared.keep_task(&definition, &needs, (planned.terms, schedule));
    Ok(Addition { name: planned.name, terms, schedule })
}
