//! What is set for one task, layer upon layer.

use tasks_core::{__private::Facts, policy::Options};
use tasks_options::{Kind, OptionRow, SCHEDULES, Scope, Value};

use tasks_schedule::name::fold;

use super::fields::{clear, is_written, put};
use crate::{config::Origin, error::Problem, list::IntoList as _, sort, text::joined};

/// One option, or one part of an option, with its value and where that comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Set {
    pub(crate) row: &'static OptionRow,
    pub(crate) part: Option<&'static OptionRow>,
    /// Nothing: a schedule that is switched off.
    pub(crate) value: Option<Value>,
    pub(crate) origin: Origin,
    /// Why, for listings: of `enabled`.
    pub(crate) reason: Option<String>,
}

impl Set {
    /// Returns the key, with that of the part: `retry.max`.
    pub(crate) fn key(&self) -> String {
        key(self.row, self.part)
    }

    fn is(&self, row: &OptionRow, part: Option<&OptionRow>) -> bool {
        self.row.key == row.key && self.part.map(|part| part.key) == part.map(|part| part.key)
    }

    /// Whether it switches off an option that has parts.
    fn switches_off(&self) -> bool {
        matches!(self.row.kind, Kind::Parts(list) if self.value.as_ref() == Some(&list.off) && self.is(self.row, Some(list.head())))
    }

    /// Whether this task is one of its words.
    pub(super) fn names(&self, task: &str) -> bool {
        matches!(&self.value, Some(Value::Words(words)) if words.iter().any(|word| fold(word) == fold(task)))
    }

    fn is_schedule(&self) -> bool {
        SCHEDULES.contains(&self.row.key)
    }
}

/// Returns the key of an option, or of a part of it: `retry.max`.
pub(super) fn key(row: &OptionRow, part: Option<&OptionRow>) -> String {
    match part {
        Some(part) => format!("{}.{}", row.key, part.key),
        None => row.key.to_owned(),
    }
}

/// What is set for a task beside its annotation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// One for each option and part that is in force.
    sets: Vec<Set>,
    /// What the annotation says and a new schedule does not know.
    cleared: Vec<&'static str>,
}

/// Which schedules an option goes with; those that are not named here go with every one, and with none.
fn fits(key: &str, schedule: Option<&str>) -> bool {
    match key {
        "timezone" => schedule == Some("cron"),
        "initial_delay" => matches!(schedule, Some("every" | "delay")),
        "align" => schedule == Some("every"),
        "misfire" => matches!(schedule, Some("every" | "cron" | "at")),
        "on_start" | "jitter" | "spread" => schedule.is_some(),
        _ => true,
    }
}

/// The options of which [`fits`] knows something.
const OF_SCHEDULES: [&str; 7] =
    ["timezone", "initial_delay", "align", "misfire", "on_start", "jitter", "spread"];

impl Settings {
    /// Puts the layers upon the annotation, the weakest first as they come.
    pub(super) fn overlay(
        definition: &Facts<'_>,
        sets: Vec<Set>,
        notes: &mut Vec<String>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut settings = Self::default();
        if sets.is_empty() {
            return settings;
        }
        let mut rest = sets.into_iter().peekable();
        while let Some(layer) = rest.peek().map(|set| set.origin.layer) {
            let of_layer = std::iter::from_fn(|| rest.next_if(|set| set.origin.layer == layer));
            settings.put_layer(definition, of_layer.into_list(), notes, problems);
        }
        settings.forget_parts();
        settings
    }

    fn put_layer(
        &mut self,
        definition: &Facts<'_>,
        layer: Vec<Set>,
        notes: &mut Vec<String>,
        problems: &mut Vec<Problem>,
    ) {
        let mut schedules = layer.iter().filter(|set| set.is_schedule());
        if let Some(first) = schedules.next() {
            for second in schedules.filter(|second| second.row.key != first.row.key) {
                let (first, second_key) = (first.row.key, second.row.key);
                problems.push(Problem::new(
                    &second.origin,
                    format!(
                        "task `{}`: `{first}` and `{second_key}` exclude each other: a task has one schedule",
                        definition.name
                    ),
                    "leave one of them out",
                ));
            }
            self.replace_schedule(definition, first, notes);
        }
        for set in layer {
            self.sets.retain(|lower| !lower.is(set.row, set.part));
            self.sets.push(set);
        }
    }

    /// Forgets how something is done that a stronger layer has switched off.
    fn forget_parts(&mut self) {
        let off: Vec<_> = self
            .sets
            .iter()
            .filter(|set| set.switches_off())
            .map(|set| (set.row.key, set.origin.layer))
            .into_list();
        for (key, layer) in off {
            self.sets.retain(|set| set.row.key != key || set.origin.layer >= layer);
        }
    }

    /// Forgets the schedule of the layers below, and what does not fit the new one.
    fn replace_schedule(&mut self, definition: &Facts<'_>, new: &Set, notes: &mut Vec<String>) {
        let schedule = new.value.as_ref().map(|_| new.row.key);
        let mut dropped = |key: &str, origin: &dyn std::fmt::Display| {
            let instead = match schedule {
                Some(schedule) => format!("does not go with `{schedule}`, set at {}", new.origin),
                None => format!("needs a schedule, which is off at {}", new.origin),
            };
            notes
                .push(format!("`{key}` of `{}`, set at {origin}, is dropped: it {instead}", definition.name));
        };
        for key in OF_SCHEDULES.into_iter().filter(|key| !fits(key, schedule)) {
            if let Some(lower) = self.sets.iter().find(|set| set.row.key == key) {
                dropped(key, &lower.origin);
            } else if is_written(definition.options, key, None) && !self.cleared.contains(&key) {
                dropped(key, &definition.location);
                self.cleared.push(key);
            }
        }
        self.sets.retain(|set| !set.is_schedule() && fits(set.row.key, schedule));
    }

    /// Adds what `[default]` sets and nobody else does, where it fits the task.
    pub(super) fn fill(&mut self, definition: &Facts<'_>, listens: bool, defaults: &[Set]) {
        if defaults.is_empty() {
            return;
        }
        let written = self.options(*definition.options);
        let scheduled = definition.scheduled || definition.options.schedule.is_some();
        let schedule = SCHEDULES.into_iter().find(|key| is_written(&written, key, None));
        let aligned = written.align == Some(true);
        let first_is_set = written.initial_delay.is_some();
        let mut added: Vec<Set> = Vec::new();
        for set in defaults {
            let of_kind = match set.row.scope {
                Scope::Both => true,
                Scope::Task => !scheduled,
                Scope::Scheduled => scheduled,
            };
            let means_something = match (set.row.key, set.part.map(|part| part.key)) {
                ("stop_after", _) => listens,
                // What everything waits for does not wait for itself.
                ("after", _) => !set.names(definition.name),
                ("initial_delay", _) => !aligned,
                ("align", _) => !first_is_set,
                // What says how to wait means nothing where nothing says how often.
                (key, Some(part)) => {
                    let head = match set.row.kind {
                        Kind::Parts(list) => list.head().key,
                        _ => part,
                    };
                    part == head
                        || is_written(&written, key, Some(head))
                        || defaults.iter().any(|other| {
                            other.is(set.row, other.part) && other.part.is_some_and(|part| part.key == head)
                        })
                }
                _ => true,
            };
            let part = set.part.map(|part| part.key);
            if of_kind
                && means_something
                && (!scheduled || fits(set.row.key, schedule))
                && !is_written(&written, set.row.key, part)
            {
                added.push(set.clone());
            }
        }
        self.sets.append(&mut added);
    }

    /// Returns the options of an annotation with everything that is set upon them.
    ///
    /// The lists of words are only marked as written: their words are [`words`](Self::words).
    pub(crate) fn options<'a>(&'a self, annotation: Options<'a>) -> Options<'a> {
        let mut options = annotation;
        let off = self.sets.iter().filter(|set| set.switches_off()).map(|set| set.row.key);
        for key in self.cleared.iter().copied().chain(off) {
            clear(&mut options, key);
        }
        if self.schedule_is_off() {
            options.schedule = None;
        }
        for set in &self.sets {
            if let Some(value) = &set.value {
                put(&mut options, set.row.key, set.part.map(|part| part.key), value);
            }
        }
        options
    }

    /// Returns the words of a list, if it is set beside the annotation.
    pub(super) fn words(&self, key: &str) -> Option<&[String]> {
        match self.find(key)?.value.as_ref()? {
            Value::Words(words) => Some(words),
            _ => None,
        }
    }

    /// Finds what is set of an option, or of a part of it.
    #[cfg(any(feature = "cli", test))]
    pub(super) fn get(&self, row: &OptionRow, part: Option<&OptionRow>) -> Option<&Set> {
        self.sets.iter().find(|set| set.is(row, part))
    }

    /// Whether nothing is set beside the annotation.
    pub(crate) fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.cleared.is_empty()
    }

    /// Whether the schedule is switched off.
    pub(crate) fn schedule_is_off(&self) -> bool {
        self.no_schedule().is_some()
    }

    /// Returns who switched the schedule off.
    pub(crate) fn no_schedule(&self) -> Option<&Set> {
        self.sets.iter().find(|set| set.is_schedule() && set.value.is_none())
    }

    /// Finds what is set, by the key as problems and listings spell it: `retry.max`.
    pub(crate) fn find(&self, key: &str) -> Option<&Set> {
        self.sets.iter().find(|set| set.key() == key)
    }

    /// Lets a problem say where the values stand that it speaks of: at the
    /// strongest of them, with the places of the others.
    ///
    /// A problem quotes the options that it is about, which is how they are known here.
    pub(super) fn locate(&self, problem: &mut Problem) {
        let text = &problem.problem;
        let quoted = |set: &&Set| {
            text.contains(&format!("`{}`", set.key())) || text.contains(&format!("`{}`", set.row.key))
        };
        let mut about: Vec<&Set> = self.sets.iter().filter(quoted).into_list();
        sort::by_key(&mut about, |set| std::cmp::Reverse(set.origin.layer));
        let Some((first, others)) = about.split_first() else { return };
        let others = others
            .iter()
            .filter(|set| set.origin.place != first.origin.place)
            .map(|set| format!("`{}` is set at {}", set.key(), set.origin));
        let others = joined(others, ", ");
        problem.place = first.origin.to_string();
        if !others.is_empty() {
            problem.problem = format!("{}; {}", problem.problem, others);
        }
    }
}
