//! How many runs share a pool.

use std::sync::Arc;

use tasks_schedule::name::fold;

use super::{Planned, PlannedPool, PoolIndex, TaskIndex, build::pool_of, names::did_you_mean};
use crate::{
    config::{GivenPool, Origin},
    error::Problem,
    list::IntoList as _,
    sort,
    text::joined,
};

/// The pool of every task that names none. It has no limit.
pub(super) const DEFAULT: &str = "default";

/// The pools that have a size, sorted by name.
#[derive(Debug)]
pub(super) struct Pools {
    pub(super) sizes: Vec<PlannedPool>,
}

impl Pools {
    /// Sorts the pools, and reports sizes that cannot be kept.
    ///
    /// What is configured, the weakest layer first, stands for what the builder says.
    pub(super) fn new<'a>(
        mut given: Vec<(String, u32)>,
        configured: impl Iterator<Item = &'a GivenPool>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        sort::all(&mut given);
        let mut given: Vec<_> = given.into_iter().map(|(name, size)| (name, size, None)).into_list();
        configure(&mut given, configured, problems);
        let mut sizes: Vec<PlannedPool> = Vec::with_capacity(given.len());
        for (name, size, origin) in given {
            let mut report = |problem: String, remedy: &str| {
                let place = match &origin {
                    Some(origin) => origin.to_string(),
                    None => format!("pool(\"{name}\", {size})"),
                };
                problems.push(Problem::new(place, problem, remedy));
            };
            if name.is_empty() {
                report("a pool needs a name".to_owned(), "");
            }
            if name == DEFAULT {
                report(
                    format!("the pool `{DEFAULT}` has no limit"),
                    "give the pool another name and set `pool` on the tasks that share it",
                );
            }
            if size == 0 {
                report(
                    format!("the pool `{name}` has the size 0, so none of its tasks could run"),
                    "write 1 or more",
                );
            }
            match sizes.last() {
                Some(last) if *last.name == *name => report(
                    format!("the pool `{name}` already has the size {}", last.size),
                    "give each pool one size",
                ),
                _ => sizes.push(PlannedPool { name: name.as_str().into(), size, origin }),
            }
        }
        Self { sizes }
    }

    /// Finds the pool of each task, and reports those without a size that enabled tasks use.
    pub(super) fn assign(
        &self,
        tasks: &[Arc<Planned>],
        problems: &mut Vec<Problem>,
    ) -> Vec<(TaskIndex, PoolIndex)> {
        let mut missing = Vec::<(&str, Vec<&Arc<Planned>>)>::new();
        let mut found = Vec::new();
        for (index, task) in (0..).map(TaskIndex).zip(tasks) {
            let Some(name) = pool_of(task).filter(|name| *name != DEFAULT) else { continue };
            match self.sizes.binary_search_by(|pool| (*pool.name).cmp(name)) {
                Ok(pool) => found.push((index, PoolIndex(pool as u32))),
                Err(_) => match missing.iter_mut().find(|(other, _)| *other == name) {
                    Some((_, tasks)) => tasks.push(task),
                    None => missing.push((name, vec![task])),
                },
            }
        }
        sort::by_key(&mut missing, |(name, _)| *name);
        for (name, tasks) in missing {
            let Some(first) = tasks.iter().find(|task| task.is_enabled()) else { continue };
            problems.push(Problem::new(
                first.place_of("pool"),
                format!("the pool `{name}` of {} has no size", listed(tasks.iter().map(|task| &*task.name))),
                give_it_a_size(name, &self.sizes),
            ));
        }
        found
    }
}

/// Puts the sizes of the layers upon those of the builder. Names are equal by the rule for task names.
fn configure<'a>(
    given: &mut Vec<(String, u32, Option<Origin>)>,
    configured: impl Iterator<Item = &'a GivenPool>,
    problems: &mut Vec<Problem>,
) {
    for GivenPool { name, size, origin } in configured {
        let found: Vec<_> = given.iter_mut().filter(|(known, ..)| fold(known) == fold(name)).into_list();
        if let Some(twice) = found.iter().find_map(|(_, _, earlier)| {
            earlier.as_ref().filter(|earlier| earlier.layer == origin.layer && origin.layer.is_one_text())
        }) {
            let problem = format!("the pool `{name}` is set twice, first at {twice}");
            problems.push(Problem::new(origin, problem, "leave one of them out"));
        } else if found.is_empty() {
            given.push((name.clone(), *size, Some(origin.clone())));
        } else {
            for (_, known, earlier) in found {
                (*known, *earlier) = (*size, Some(origin.clone()));
            }
        }
    }
    sort::all(given);
}

/// Finds a pool by its name.
///
/// # Errors
///
/// What to do about it, if it has no size.
pub(super) fn find_pool(name: &str, pools: &[PlannedPool]) -> Result<PoolIndex, String> {
    match pools.binary_search_by(|pool| (*pool.name).cmp(name)) {
        Ok(index) => Ok(PoolIndex(index as u32)),
        Err(_) => Err(give_it_a_size(name, pools)),
    }
}

fn give_it_a_size(name: &str, pools: &[PlannedPool]) -> String {
    let hint = did_you_mean(name, pools.iter().map(|pool| &*pool.name));
    let gap = if hint.is_empty() { "" } else { " " };
    format!("{hint}{gap}give it one on the builder, `.pool({name:?}, 4)`, or in the configuration")
}

/// Names for a sentence: the first few, and how many there are besides.
pub(super) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 3;
    let more = names.len().saturating_sub(SHOWN);
    let shown = joined(names.take(SHOWN).map(|name| format!("`{name}`")), ", ");
    match more {
        0 => shown,
        _ => format!("{shown} and {more} more"),
    }
}
