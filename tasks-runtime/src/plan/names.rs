//! Which names are equal, and which one was meant.

use std::borrow::Cow;

use tasks_core::{__private::Known, Registration};
use tasks_schedule::{name, suggest};

use super::{Plan, TaskIndex};
use crate::{
    error::{Problem, escaped},
    list::IntoList as _,
    sort,
    text::joined,
};

/// The tasks by name. Case does not count, nor does `-` against `_`.
#[derive(Debug)]
pub(super) struct Names<'a> {
    registrations: &'a [Registration],
    /// Sorted by the folded name, then by place; nothing if the tasks themselves are.
    /// A name that is its own folded form, as that of nearly every function, is not copied.
    sorted: Option<Vec<(Cow<'a, str>, TaskIndex)>>,
}

impl<'a> Names<'a> {
    /// Indexes the names of tasks that are sorted by them, and reports those that are bad or
    /// used twice.
    pub(super) fn index(registrations: &'a [Registration], problems: &mut Vec<Problem>) -> Self {
        let mut is_sorted = true;
        let mut before: Option<&str> = None;
        for registration in registrations {
            let known = registration.__known();
            let name = known.name();
            if !name::is_plain(name) {
                if let Err(error) = name::check(name) {
                    let problem = format!("the name {name:?} cannot be used: {error}");
                    problems.push(Problem::new(known.facts().location, problem, ""));
                }
                is_sorted &= is_folded(name);
            }
            is_sorted &= before != Some(name);
            before = Some(name);
        }
        let mut names = Self { registrations, sorted: None };
        if !is_sorted {
            let mut sorted: Vec<_> =
                names.indices().map(|index| (folded(names.name(index)), index)).collect();
            sort::all(&mut sorted);
            for equal in sorted.chunk_by(|(one, _), (other, _)| one == other) {
                if equal.len() > 1 {
                    problems.push(duplicate(equal, registrations));
                }
            }
            names.sorted = Some(sorted);
        }
        names
    }

    fn indices(&self) -> impl Iterator<Item = TaskIndex> + use<> {
        (0..self.registrations.len() as u32).map(TaskIndex)
    }

    fn name(&self, index: TaskIndex) -> &'a str {
        self.registrations[index.0 as usize].__known().name()
    }

    /// The task of this name; the first by place if the name is used twice.
    pub(super) fn find(&self, name: &str) -> Option<TaskIndex> {
        self.all(name).first().copied()
    }

    /// Every task of this name.
    pub(super) fn all(&self, name: &str) -> Vec<TaskIndex> {
        let name = name::fold(name);
        let Some(sorted) = &self.sorted else {
            let first = self.registrations.partition_point(|task| task.__known().name() < &*name);
            let found = TaskIndex(first as u32);
            let is_there = first < self.registrations.len() && self.name(found) == name;
            return if is_there { vec![found] } else { Vec::new() };
        };
        let first = sorted.partition_point(|(other, _)| **other < *name);
        let of_name = sorted[first..].iter().take_while(|(other, _)| *other == name);
        of_name.map(|(_, index)| *index).collect()
    }
}

/// Whether a name is its own folded form.
fn is_folded(name: &str) -> bool {
    !name.bytes().any(|byte| byte == b'-' || byte.is_ascii_uppercase())
}

/// The folded form of a name, borrowed if it is the name itself.
fn folded(name: &str) -> Cow<'_, str> {
    if is_folded(name) { Cow::Borrowed(name) } else { Cow::Owned(name::fold(name)) }
}

fn duplicate(equal: &[(Cow<'_, str>, TaskIndex)], registrations: &[Registration]) -> Problem {
    let known: Vec<_> = equal.iter().map(|(_, index)| registrations[index.0 as usize].__known()).into_list();
    let definitions: Vec<_> = known.iter().map(Known::facts).into_list();
    let first = definitions[0];
    let others = definitions[1..].iter().map(|other| match other.name == first.name {
        true => format!("at {}", other.location),
        false => format!("`{}` at {}", other.name, other.location),
    });
    let spelling = match definitions.iter().all(|other| other.name == first.name) {
        true => "",
        false => "; names that differ only in case or in `-` and `_` count as equal",
    };
    Problem::new(
        first.location,
        format!("the task name `{}` is used again: {}{spelling}", first.name, joined(others, ", ")),
        "give each task a name of its own: `name = \"…\"`",
    )
}

/// Says which word was probably meant: an empty text, or a question.
pub(super) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    suggest(word, candidates).map(|meant| format!("did you mean `{meant}`?")).unwrap_or_default()
}

/// The complaint about a name that no task has, for the command line.
pub(super) fn unknown<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> String {
    /// More names than this are easier to read in a list.
    const SHOWN: usize = 12;
    let names: Vec<&str> = names.into_list();
    let hint = match did_you_mean(word, names.iter().copied()) {
        hint if !hint.is_empty() => hint,
        _ if names.len() > SHOWN => "`--list-tasks=names` shows the names".to_owned(),
        _ => format!("the tasks are {}", quoted(&names)),
    };
    format!("no task is called `{}`: {}", escaped(word), escaped(&hint))
}

/// Words for a sentence.
pub(super) fn quoted(words: &[&str]) -> String {
    joined(words.iter().map(|word| format!("`{word}`")), ", ")
}

impl Plan {
    /// Finds a task by its name; case does not count, nor does `-` against `_`.
    ///
    /// # Errors
    ///
    /// A complaint with a suggestion, if there is no such task.
    pub(crate) fn find(&self, word: &str) -> Result<TaskIndex, String> {
        self.find_among(word, usize::MAX)
    }

    /// The same among the first so many.
    pub(crate) fn find_among(&self, word: &str, most: usize) -> Result<TaskIndex, String> {
        let folded = name::fold(word);
        // The place of one that was added and has left bears no name until it is used again.
        let among = || {
            (0..).map(TaskIndex).zip(self.tasks.iter().take(most)).filter(|(_, task)| !task.name.is_empty())
        };
        among()
            .find(|(_, task)| task.name.len() == folded.len() && name::fold(&task.name) == folded)
            .map(|(index, _)| index)
            .ok_or_else(|| unknown(word, among().map(|(_, task)| &*task.name)))
    }
}
