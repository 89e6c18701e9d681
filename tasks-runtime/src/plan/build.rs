//! The order of the checks, and what comes out of them.

use std::{sync::Arc, time::Duration};

use tasks_core::{Registration, policy::Pool, registry::Requirement};
use tasks_schedule::{MAX_DURATION, format_duration};

use super::{
    Common, Draft, Functions, Plan, PlanInputs, Planned, TaskIndex,
    merge::Merge,
    names::Names,
    order::{Declared, Order},
    overrides::Overrides,
    pools::Pools,
    schedule::Zones,
    select::Selected,
    shared::Shared,
};
use crate::{
    config::Origin,
    error::{Error, Problem},
    list::IntoList as _,
    sort,
    text::joined,
};

/// A plan as far as it could be made, and everything that is wrong with it.
#[derive(Debug)]
pub(crate) struct Checked {
    /// For listings; nothing may run from it unless the rest is empty.
    pub(crate) plan: Plan,
    /// What must be changed before the program can start. Sorted.
    pub(crate) problems: Vec<Problem>,
    /// Words on the command line that name nothing.
    pub(crate) usage: Vec<String>,
    /// Why the configuration is not known, if it is not.
    pub(crate) failure: Option<String>,
}

impl Checked {
    /// Returns the plan if every check passed.
    ///
    /// # Errors
    ///
    /// See [`error`](Self::error).
    pub(crate) fn into_result(self) -> Result<Plan, Error> {
        match self.error() {
            Some(error) => Err(error),
            None => Ok(self.plan),
        }
    }

    /// Returns why nothing may start: wrong words on the command line (2), or
    /// all problems at once (78). A configuration that could not be looked at may be right (1).
    pub(crate) fn error(&self) -> Option<Error> {
        if let Some(failure) = &self.failure {
            return Some(Error::io(std::io::Error::other(failure.clone())));
        }
        // Without any task every word is unknown; the reason for that says more.
        if !self.usage.is_empty() && !self.plan.tasks.is_empty() {
            Some(Error::usage(joined(&self.usage, "\n")))
        } else if !self.problems.is_empty() {
            Some(Error::configuration(self.problems.clone()))
        } else {
            None
        }
    }
}

impl Plan {
    /// Merges the definitions with the defaults, applies the selection and
    /// checks everything that needs no set-up.
    pub(crate) fn build(inputs: PlanInputs) -> Checked {
        let PlanInputs { registry, mut layers, selection, pools, budget, defaults } = inputs;
        let mut problems = Vec::new();
        problems.extend(layers.iter_mut().flat_map(|layer| std::mem::take(&mut layer.problems)));

        let (budget, budget_origin) = match layers.iter().rev().find_map(|layer| layer.budget.clone()) {
            Some((budget, origin)) => (budget, Some(origin)),
            None => (budget, None),
        };
        check_budget(budget, budget_origin.as_ref(), &mut problems);
        let requirements = registry.requirements();
        let registrations = registry.into_sorted();
        check_presence(&registrations, &requirements, &mut problems);

        let names = Names::index(&registrations, &mut problems);
        let mut overrides = Overrides::resolve(&layers, &registrations, &names, &mut problems);
        let configured = layers.iter().flat_map(|layer| &layer.pools);
        let pools = Pools::new(pools, configured, &mut problems);
        let set_by_default = std::mem::take(&mut overrides.defaults);
        let mut zones = Zones::default();
        zones.check_default(&defaults.timezone, &mut problems);
        let mut merge =
            Merge { defaults: &defaults, set_by_default: &set_by_default, zones, warnings: Vec::new() };
        let mut tasks: Vec<Draft> = (0..)
            .map(TaskIndex)
            .zip(&registrations)
            .map(|(index, registration)| merge.task(registration, overrides.take(index), &mut problems))
            .collect();
        let warnings = merge.warnings;

        let declared = Declared::resolve(&tasks, &names, &mut problems);
        let selected = Selected::choose(&selection, &tasks, &names, &declared);
        selected.disable_others(&mut tasks);
        if selected.unknown.is_empty() {
            selected.check_rest(&tasks, &mut problems);
        }

        let Order { after, notes } = declared.order(&tasks, &selected, &mut problems);
        // A plan of thousands of tasks looks at none again that has nothing to be told.
        for (task, after) in tasks.iter_mut().zip(after).filter(|(_, after)| !after.is_empty()) {
            task.terms_mut().after = after;
        }
        let places = pools.assign(&tasks, &mut problems);
        for (task, pool) in tasks.iter_mut().zip(places).filter(|(_, pool)| pool.is_some()) {
            task.terms_mut().pool = pool;
        }

        sort::all(&mut problems);
        problems.dedup();
        let tasks: Vec<Arc<Planned>> = tasks.into_iter().map(|task| Arc::new(task) as Arc<Planned>).collect();
        let plan = Self {
            tasks,
            functions: Functions::default(),
            budget,
            budget_origin,
            common: Arc::new(Common {
                defaults,
                set_by_default,
                pools: pools.sizes.clone(),
                shared: Shared::default(),
            }),
            pools: pools.sizes,
            warnings,
            notes,
        };
        let usage = selected.unknown.into_iter().chain(overrides.usage).into_list();
        Checked { plan, problems, usage, failure: layers.into_iter().find_map(|layer| layer.failure) }
    }

    /// Counts the enabled tasks of each crate, sorted by crate.
    pub(crate) fn crates(&self) -> Vec<(String, usize)> {
        let mut crates = Vec::<(String, usize)>::new();
        for task in self.tasks.iter().filter(|task| task.is_enabled()) {
            match crates.iter_mut().rfind(|(name, _)| *name == *task.crate_name) {
                Some((_, count)) => *count += 1,
                None => crates.push((task.crate_name.to_string(), 1)),
            }
        }
        sort::all(&mut crates);
        crates
    }
}

/// The pool that a task names, as it was written.
pub(super) fn pool_of(task: &Planned) -> Option<&str> {
    // Every option that is written is more than this needs, for each of thousands of tasks.
    let pool = match task.task().__facts() {
        Some(facts) if task.settings.is_empty() => facts.options.pool,
        _ => task.written().pool,
    };
    match pool {
        Some(Pool::Named(name)) => Some(name),
        Some(Pool::Off) | None => None,
    }
}

/// Less would leave no second for the drain: the last one belongs to the clean-up.
const SHORTEST_BUDGET: Duration = Duration::from_secs(2);

fn check_budget(budget: Duration, origin: Option<&Origin>, problems: &mut Vec<Problem>) {
    let found = match budget {
        budget if budget < SHORTEST_BUDGET => format_duration(budget).to_string(),
        budget if budget > MAX_DURATION => "longer than 10 years".to_owned(),
        _ => return,
    };
    problems.push(Problem::new(
        origin.map_or("shutdown_budget", |origin| &origin.place),
        format!("the shutdown budget is {found}, too short or too long to be kept"),
        "give it 2s or more: tasks have the budget less 1s to end",
    ));
}

fn check_presence(tasks: &[Registration], requirements: &[Requirement], problems: &mut Vec<Problem>) {
    if tasks.is_empty() && requirements.is_empty() {
        problems.push(nothing_registered());
    }
    for requirement in requirements {
        let met =
            tasks.iter().any(|task| task.__known().facts().location.crate_name() == requirement.crate_name);
        if !met {
            problems.push(Problem::new(
                format_args!("{}:{}", requirement.file, requirement.line),
                format!(
                    "the crate `{}` registered no task, but `require!` demands one",
                    requirement.crate_name
                ),
                "annotate its functions with `#[task]` or `#[scheduled]`, or remove the demand",
            ));
        }
    }
}

fn nothing_registered() -> Problem {
    if cfg!(feature = "inventory") {
        Problem::new(
            "",
            "no task is registered: there is no `#[task]` or `#[scheduled]` function, or the linker left out \
             the crate that holds them, since a dependency that no code names is not linked",
            "name that crate in `main.rs`: `use my_jobs as _;`, or `tasks_runtime::require!(my_jobs);`, which \
             also demands that it registers something",
        )
    } else {
        Problem::new(
            "",
            "no task is registered: without the feature `inventory` functions are not found by themselves",
            "name each one to the builder: `.register(registration!(my_task))`",
        )
    }
}
