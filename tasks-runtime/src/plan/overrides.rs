//! From what the layers say to what is set for each task: names, keys and
//! values are made out here, and each that is unknown or wrong is a problem.

use std::collections::HashMap;

use tasks_core::Registration;
use tasks_options::{Attribute, Kind, Mistake, OptionRow, SCHEDULES, keys, meant, option, read};
use tasks_schedule::{name::fold, suggest};

use super::{TaskIndex, names::Names, settings::Set};
use crate::{
    config::{Entry, Layer, LayerKind, Origin, Target, example, variable},
    error::Problem,
    list::IntoList as _,
    text::joined,
};

/// What the layers set, made out.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    /// Of each task that anything is set for, the weakest layer first.
    tasks: HashMap<TaskIndex, Vec<Set>>,
    /// What holds for every task that does not say otherwise: one for each option.
    pub(super) defaults: Vec<Set>,
    /// Wrong words on the command line.
    pub(super) usage: Vec<String>,
}

impl Overrides {
    /// Makes out the layers, which come the weakest first.
    pub(super) fn resolve(
        layers: &[Layer],
        registrations: &[Registration],
        names: &Names<'_>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut overrides = Self::default();
        for layer in layers {
            overrides.resolve_layer(layer, registrations, names, problems);
        }
        overrides
    }

    /// Takes what is set for a task.
    pub(super) fn take(&mut self, task: TaskIndex) -> Vec<Set> {
        if self.tasks.is_empty() {
            return Vec::new();
        }
        self.tasks.remove(&task).unwrap_or_default()
    }

    fn resolve_layer(
        &mut self,
        layer: &Layer,
        registrations: &[Registration],
        names: &Names<'_>,
        problems: &mut Vec<Problem>,
    ) {
        let known = || registrations.iter().map(|registration| registration.__known().name());
        let mut told: Vec<String> = Vec::new();
        for (word, origin) in &layer.named {
            if names.find(word).is_none() && !told.contains(&fold(word)) {
                told.push(fold(word));
                let meant = suggest(&fold(word), known());
                let hint = meant.map(|meant| spelled(origin.layer, meant)).unwrap_or_default();
                self.wrong(origin, format!("no task is called `{word}`"), &hint, problems);
            }
        }
        let mut seen: HashMap<(Option<TaskIndex>, String), Origin> = HashMap::new();
        for entry in &layer.entries {
            let task = match &entry.target {
                Target::Default => None,
                Target::Task(word) => match names.find(word) {
                    Some(index) => Some(index),
                    None => continue,
                },
            };
            let registration = task.and_then(|task| registrations.get(task.0 as usize));
            let sets = match Reading::new(entry, registration).sets() {
                Ok(sets) => sets,
                Err(mistakes) => {
                    for (problem, remedy) in mistakes {
                        self.wrong(&entry.origin, problem, &remedy, problems);
                    }
                    continue;
                }
            };
            for set in sets {
                let place = (task, set.key());
                if let Some(first) = seen.get(&place).filter(|_| set.origin.layer.is_one_text()) {
                    let problem = format!("`{}` is set twice, first at {first}", set.key());
                    self.wrong(&set.origin, problem, "leave one of them out", problems);
                    continue;
                }
                seen.insert(place, set.origin.clone());
                self.set(task, set);
            }
        }
    }

    fn set(&mut self, task: Option<TaskIndex>, mut set: Set) {
        let list = match task {
            Some(task) => self.tasks.entry(task).or_default(),
            None => {
                set.origin.by_default = true;
                &mut self.defaults
            }
        };
        // A later word of one layer, or of [default], stands for the earlier one.
        list.retain(|earlier| {
            earlier.key() != set.key() || (task.is_some() && earlier.origin.layer != set.origin.layer)
        });
        list.push(set);
    }

    /// What is wrong on the command line is a wrong spelling, everything else a problem.
    fn wrong(&mut self, origin: &Origin, problem: String, remedy: &str, problems: &mut Vec<Problem>) {
        if origin.layer == LayerKind::CommandLine {
            let problem = Problem::new(origin, problem, remedy);
            self.usage.push(problem.to_string());
        } else {
            problems.push(Problem::new(origin, problem, remedy));
        }
    }
}

/// A question about a name, as the layer spells it.
fn spelled(layer: LayerKind, meant: &str) -> String {
    match layer {
        LayerKind::Environment => {
            let start = variable(&Target::Task(meant.to_owned()), "", None);
            format!("did you mean `{start}…`?")
        }
        _ => format!("did you mean `{meant}`?"),
    }
}

/// A problem and its remedy.
type Wrong = (String, String);

/// One entry under way to its sets.
struct Reading<'a> {
    entry: &'a Entry,
    /// None: every task.
    registration: Option<&'a Registration>,
}

impl<'a> Reading<'a> {
    fn new(entry: &'a Entry, registration: Option<&'a Registration>) -> Self {
        Self { entry, registration }
    }

    fn attribute(&self) -> Option<Attribute> {
        let definition = self.registration?.task().definition();
        let scheduled = definition.scheduled || definition.options.schedule.is_some();
        Some(if scheduled { Attribute::Scheduled } else { Attribute::Task })
    }

    /// Whose option it is, for a sentence.
    fn owner(&self) -> String {
        match self.registration {
            Some(registration) => format!("task `{}`", registration.task().definition().name),
            None => "[default]".to_owned(),
        }
    }

    fn sets(&self) -> Result<Vec<Set>, Vec<Wrong>> {
        let row = self.row().map_err(|wrong| vec![wrong])?;
        let part = self.part(row).map_err(|wrong| vec![wrong])?;
        let set = |part, value| Set {
            row,
            part,
            value,
            origin: self.entry.origin.clone(),
            reason: self.entry.reason.clone(),
        };
        if SCHEDULES.contains(&row.key) && self.entry.given.is_off() {
            return Ok(vec![set(None, None)]);
        }
        let read_row = part.unwrap_or(row);
        let written = self.entry.given.written(read_row);
        let value =
            read(read_row, &written).map_err(|mistakes| self.mistakes(row, part, &written.text, mistakes))?;
        Ok(match value {
            tasks_options::Value::Parts(parts) => {
                parts.into_iter().map(|(part, value)| set(Some(part), Some(value))).into_list()
            }
            value => vec![set(part, Some(value))],
        })
    }

    /// Finds the row, or says why this option cannot be set here.
    fn row(&self) -> Result<&'static OptionRow, Wrong> {
        let (owner, key) = (self.owner(), &self.entry.key);
        let attribute = self.attribute();
        let Some(row) = option(key) else { return Err(self.unknown(attribute)) };
        if matches!(row.kind, Kind::Name | Kind::Crate) {
            let problem = format!("{owner}: `{key}` cannot be configured: it is a part of the code");
            return Err((problem, "leave it out".to_owned()));
        }
        match attribute {
            None if SCHEDULES.contains(&row.key) => Err((
                format!("{owner}: `{key}` is a schedule, which each task has for itself"),
                "set it for one task".to_owned(),
            )),
            Some(attribute) if !row.scope.covers(attribute) => Err((
                match attribute {
                    Attribute::Task => {
                        format!("{owner}: `{key}` goes with a schedule, and it is declared with `#[task]`")
                    }
                    Attribute::Scheduled => {
                        format!(
                            "{owner}: `{key}` belongs to `#[task]`, and it is declared with `#[scheduled]`"
                        )
                    }
                },
                "leave it out".to_owned(),
            )),
            _ => Ok(row),
        }
    }

    fn unknown(&self, attribute: Option<Attribute>) -> Wrong {
        let key = &self.entry.key;
        let guess = meant(key, attribute.unwrap_or(Attribute::Scheduled));
        let hint = match guess {
            Some(row) if attribute.is_none_or(|attribute| row.scope.covers(attribute)) => {
                match self.entry.origin.layer {
                    LayerKind::Environment => {
                        format!("did you mean `{}`?", variable(&self.entry.target, row.key, None))
                    }
                    _ => format!("did you mean `{}`?", row.key),
                }
            }
            _ => {
                let known = keys(attribute.unwrap_or(Attribute::Task))
                    .filter(|key| !matches!(*key, "name" | "crate"));
                format!("the options are {}", joined(known, ", "))
            }
        };
        (format!("{}: unknown option `{key}`", self.owner()), hint)
    }

    fn part(&self, row: &'static OptionRow) -> Result<Option<&'static OptionRow>, Wrong> {
        let Some(word) = &self.entry.part else { return Ok(None) };
        let owner = self.owner();
        let Kind::Parts(list) = row.kind else {
            let problem = format!("{owner}: `{}` has no part `{word}`", row.key);
            return Err((problem, self.example(row, None)));
        };
        match list.part(word) {
            None => Err((format!("{owner}: {}", list.unknown(word)), String::new())),
            Some(part) if matches!(part.kind, Kind::Function) => Err((
                format!("{owner}: `{}.{word}` cannot be configured: it is a part of the code", row.key),
                "leave it out".to_owned(),
            )),
            part => Ok(part),
        }
    }

    fn mistakes(
        &self,
        row: &OptionRow,
        part: Option<&OptionRow>,
        text: &str,
        mistakes: Vec<Mistake>,
    ) -> Vec<Wrong> {
        let key = super::settings::key(row, part);
        let example = self.example(row, part);
        let owner = self.owner();
        mistakes
            .into_iter()
            .map(|mistake| {
                let problem = format!("{owner}: `{key}` cannot be `{text}`: {}", mistake.message);
                (problem, example.clone())
            })
            .into_list()
    }

    /// How the option is written, in the words of its layer.
    fn example(&self, row: &OptionRow, part: Option<&OptionRow>) -> String {
        let of = part.unwrap_or(row);
        let line = match self.entry.origin.layer {
            LayerKind::Environment => {
                let name = variable(&self.entry.target, row.key, part.map(|part| part.key));
                format!("{name}={}", example(of))
            }
            LayerKind::CommandLine => {
                let name = match &self.entry.target {
                    Target::Task(name) => name.as_str(),
                    Target::Default => "NAME",
                };
                format!("--set-task {name}.{}={}", super::settings::key(row, part), example(of))
            }
            LayerKind::Annotation | LayerKind::Configure | LayerKind::File => {
                format!("{} = {}", super::settings::key(row, part), of.example)
            }
        };
        format!("write for example `{line}`")
    }
}
