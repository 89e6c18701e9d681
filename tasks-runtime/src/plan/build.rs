//! The order of the checks, and what comes out of them.

use std::{sync::Arc, time::Duration};

use tasks_core::{Location, Registration, policy::Pool, registry::Requirement};
use tasks_schedule::{MAX_DURATION, format_duration};

use super::{
    Common, Functions, Plan, PlanInputs, Planned, TaskIndex, Terms,
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
        let mut merge = Merge::new(&defaults, &set_by_default, zones);
        let mut tasks: Vec<Arc<Planned>> = (0..)
            .map(TaskIndex)
            .zip(&registrations)
            .map(|(index, registration)| {
                let draft = merge.task(registration, overrides.take(index), &mut problems);
                Arc::new(draft) as Arc<Planned>
            })
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
        let mut changes = Vec::new();
        for (index, after) in after.into_iter().filter(|(_, after)| !after.is_empty()) {
            change(&mut tasks[index.0 as usize], &mut changes, |terms| terms.after = after);
        }
        changes.clear();
        for (index, pool) in pools.assign(&tasks, &mut problems) {
            change(&mut tasks[index.0 as usize], &mut changes, |terms| terms.pool = Some(pool));
        }

        sort::all(&mut problems);
        problems.dedup();
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
        let enabled = self.tasks.iter().filter(|task| task.is_enabled());
        let modules: Vec<&str> = enabled.map(|task| task.location().module_path).collect();
        // Thousands of them are of a few modules, and the text of one is there once.
        for module in modules.chunk_by(|one, other| std::ptr::eq(*one, *other)) {
            let crate_name = Location { file: "", line: 0, module_path: module[0] }.crate_name();
            match crates.iter_mut().rfind(|(name, _)| *name == *crate_name) {
                Some((_, count)) => *count += module.len(),
                None => crates.push((crate_name.to_owned(), module.len())),
            }
        }
        sort::all(&mut crates);
        crates
    }
}

/// So many changes are remembered, the latest first.
const CHANGES: usize = 32;

/// Changes the terms of a task by what stands in them, so those of all that share them alike.
fn change(
    task: &mut Arc<Planned>,
    changes: &mut Vec<(Arc<Terms>, Arc<Terms>)>,
    change: impl FnOnce(&mut Terms),
) {
    if Arc::strong_count(&task.terms) == 1 {
        return change(Planned::terms_of(task));
    }
    let before = Arc::clone(&task.terms);
    match changes.iter().find(|(known, _)| Arc::ptr_eq(known, &before)) {
        Some((_, changed)) => Planned::share(task, changed),
        None => {
            change(Planned::terms_of(task));
            changes.truncate(CHANGES - 1);
            changes.insert(0, (before, Arc::clone(&task.terms)));
        }
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
