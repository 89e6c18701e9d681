//! Who takes part under `--only-tasks` and `--skip-tasks`.

use std::sync::Arc;

use tasks_schedule::{name, suggest};

use super::{
    Choice, Planned, Selection, TaskIndex, Terms,
    names::{self, Names},
    order::Declared,
};
use crate::{
    error::{Problem, escaped},
    list::IntoList as _,
    sort,
};

/// The tasks that the command line chooses, found.
#[derive(Debug)]
pub(super) struct Selected {
    /// None: every task.
    only: Option<Vec<bool>>,
    skip: Vec<bool>,
    /// A complaint for each word that names nothing.
    pub(super) unknown: Vec<String>,
}

impl Selected {
    /// Finds what is chosen, with what it names in `after`, directly or through others.
    pub(super) fn choose(
        selection: &Selection,
        tasks: &[Arc<Planned>],
        names: &Names<'_>,
        declared: &Declared,
    ) -> Self {
        let mut unknown = Vec::new();
        let mut find = |flag: &str, choices: &[Choice]| {
            let mut chosen = vec![false; tasks.len()];
            let mut found = Vec::new();
            for choice in choices {
                match members(choice, tasks, names) {
                    Ok(members) => found.extend(members),
                    Err(complaint) => unknown.push(format!("`{flag}`: {complaint}")),
                }
            }
            for task in &found {
                chosen[task.0 as usize] = true;
            }
            (chosen, found)
        };
        let (skip, _) = find("--skip-tasks", &selection.skip);
        let (mut only, mut open) = find("--only-tasks", &selection.only);
        while let Some(task) = open.pop() {
            for dependency in declared.of(task) {
                if !std::mem::replace(&mut only[dependency.0 as usize], true) {
                    open.push(*dependency);
                }
            }
        }
        Self { only: (!selection.only.is_empty()).then_some(only), skip, unknown }
    }

    /// Whether `--skip-tasks` names it.
    pub(super) fn skips(&self, task: TaskIndex) -> bool {
        self.skip[task.0 as usize]
    }

    /// Whether anything is left out.
    fn selects(&self) -> bool {
        self.only.is_some() || self.skip.contains(&true)
    }

    /// Disables what is not chosen. Nobody else holds the tasks yet.
    pub(super) fn disable_others(&self, tasks: &mut [Arc<Planned>]) {
        if !self.selects() {
            return;
        }
        for (index, task) in tasks.iter_mut().enumerate().filter(|(_, task)| task.is_enabled()) {
            let reason = if self.skip[index] {
                "in --skip-tasks"
            } else if self.only.as_ref().is_some_and(|only| !only[index]) {
                "not in --only-tasks"
            } else {
                continue;
            };
            Planned::terms_of(task).disabled = Some(reason.to_owned());
        }
    }

    /// Reports a selection that leaves nothing to do.
    pub(super) fn check_rest(&self, tasks: &[Arc<Planned>], problems: &mut Vec<Problem>) {
        if self.selects() && !tasks.iter().any(|task| task.is_enabled()) {
            problems.push(Problem::new(
                "command line",
                "`--only-tasks` and `--skip-tasks` leave no task that is enabled",
                "choose others; `--list-tasks` shows each task's state",
            ));
        }
    }
}

fn members(choice: &Choice, tasks: &[Arc<Planned>], names: &Names<'_>) -> Result<Vec<TaskIndex>, String> {
    match choice {
        Choice::Name(word) => {
            let found: Vec<TaskIndex> = names.all(word);
            if !found.is_empty() {
                Ok(found)
            } else if tasks.iter().any(|task| has_tag(task, word)) {
                let word = escaped(word);
                Err(format!("no task is called `{word}`, but there is a tag: did you mean `tag:{word}`?"))
            } else {
                Err(names::unknown(word, tasks.iter().map(|task| &*task.name)))
            }
        }
        Choice::Tag(tag) => {
            let tagged = (0..).map(TaskIndex).zip(tasks).filter(|(_, task)| has_tag(task, tag));
            let found: Vec<TaskIndex> = tagged.map(|(index, _)| index).into_list();
            if found.is_empty() { Err(unknown_tag(tag, tasks)) } else { Ok(found) }
        }
    }
}

/// Tags are equal by the rule for task names.
fn has_tag(task: &Terms, tag: &str) -> bool {
    task.tags.iter().any(|own| name::fold(own) == name::fold(tag))
}

fn unknown_tag(tag: &str, tasks: &[Arc<Planned>]) -> String {
    let mut known: Vec<&str> = tasks.iter().flat_map(|task| &task.tags).map(String::as_str).into_list();
    sort::all(&mut known);
    known.dedup();
    let hint = match suggest(tag, known.iter().copied()) {
        Some(meant) => format!("did you mean `tag:{meant}`?"),
        None if known.is_empty() => "no task has a tag".to_owned(),
        None => format!("the tags are {}", names::quoted(&known)),
    };
    format!("no task has the tag `{}`: {}", escaped(tag), escaped(&hint))
}
