//! Whether every parameter will find its state.

use tasks_core::States;

use super::{Plan, Planned, TaskIndex};
use crate::{error::Problem, list::IntoList as _, sort, text::joined};

impl Plan {
    /// Reports the state that enabled tasks need and nobody gave, and state
    /// that was given twice.
    pub(crate) fn missing_state(&self, states: &States) -> Vec<Problem> {
        problems(self.tasks.iter().map(|task| &**task).filter(|task| task.is_enabled()), states)
    }

    /// The same for one task, enabled or not: what `--run-task` has to know.
    pub(crate) fn missing_state_of(&self, task: TaskIndex, states: &States) -> Vec<Problem> {
        problems(self.tasks.get(task.0 as usize).map(|task| &**task).into_iter(), states)
    }
}

/// Reports the state that a task needs and that is not there.
pub(super) fn missing_state_of(task: &Planned, states: &States) -> Vec<Problem> {
    problems(std::iter::once(task), states)
}

#[cfg(feature = "cli")]
impl Plan {
    /// The types of state that enabled tasks need and nobody gave so far, each
    /// with the names of those tasks.
    pub(crate) fn state_to_come(&self, states: &States) -> Vec<(&'static str, Vec<&str>)> {
        let enabled = self.tasks.iter().map(|task| &**task).filter(|task| task.is_enabled());
        missing(enabled, states)
            .into_iter()
            .map(|(state, tasks)| (state, tasks.into_iter().map(|task| &*task.name).into_list()))
            .into_list()
    }

    /// Reports state that was given twice, which no set-up can mend.
    pub(crate) fn state_given_twice(states: &States) -> Vec<Problem> {
        given_twice(states).into_list()
    }
}

fn missing<'a>(
    tasks: impl Iterator<Item = &'a Planned>,
    states: &States,
) -> Vec<(&'static str, Vec<&'a Planned>)> {
    let mut missing = Vec::<(&'static str, Vec<&Planned>)>::new();
    for task in tasks {
        for (_, name) in task.states.iter().filter(|(id, _)| !states.contains(*id)) {
            // A program has few kinds of state.
            match missing.iter_mut().find(|(other, _)| other == name) {
                Some((_, tasks)) => tasks.push(task),
                None => missing.push((name, vec![task])),
            }
        }
    }
    sort::by_key(&mut missing, |(name, _)| *name);
    missing
}

fn given_twice(states: &States) -> impl Iterator<Item = Problem> {
    states.duplicates().into_iter().map(|name| {
        Problem::new(
            "",
            format!(
                "there are two states of the type `{name}`, and a parameter could not say which it means"
            ),
            "give one of them a type of its own: `#[derive(Clone)] struct Replica(Pool)`",
        )
    })
}

fn problems<'a>(tasks: impl Iterator<Item = &'a Planned>, states: &States) -> Vec<Problem> {
    let missing = missing(tasks, states);
    missing.into_iter().map(|(name, tasks)| nobody_gave(name, &tasks)).chain(given_twice(states)).into_list()
}

fn nobody_gave(name: &str, tasks: &[&Planned]) -> Problem {
    const SHOWN: usize = 3;
    let mut users: Vec<String> =
        tasks.iter().take(SHOWN).map(|task| format!("`{}` at {}", task.name, task.location())).into_list();
    if tasks.len() > SHOWN {
        users.push(format!("{} more", tasks.len() - SHOWN));
    }
    Problem::new(
        tasks.first().map(|task| task.location().to_string()).unwrap_or_default(),
        format!("`State<{name}>` is not there; it is needed by {}", joined(users, ", ")),
        "give a value of this type to the builder, `.state(…)`, or return it from `setup`",
    )
}
