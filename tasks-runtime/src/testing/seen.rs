//! What happened in a part of a test.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{Timestamp, tz::TimeZone};
use tasks_core::Outcome;
use tasks_schedule::format_duration;

use super::moment::show;
use crate::{
    event::{Event, EventKind, SkipReason},
    plan::Plan,
    result::RunResult,
};

/// What happened between two points of a test: runs, skips, and every other
/// event.
///
/// [`Kit::watch`](super::Kit::watch) gives one that goes on until it is
/// dropped, [`Kit::during`](super::Kit::during) one that ended with its block.
/// Its `Debug` is a timeline, one event a line, so a failed assertion can show
/// what did happen: `assert_eq!(seen.runs("nightly").len(), 1, "{seen:?}")`.
///
/// Every method that takes a task's name panics if there is no such task, with
/// the name that was probably meant: a misspelled name must not prove that
/// nothing ran.
#[must_use = "it looks on only as long as it lives"]
pub struct Seen {
    log: Arc<Mutex<Log>>,
    plan: Arc<Plan>,
    zone: TimeZone,
}

/// The events of one [`Seen`].
#[derive(Debug, Default)]
pub(super) struct Log {
    events: Vec<Event>,
    is_over: bool,
}

impl Log {
    /// Returns whether it wants more.
    pub(super) fn note(&mut self, event: &Event) -> bool {
        if !self.is_over {
            self.events.push(event.clone());
        }
        !self.is_over
    }
}

/// Due instants of a task that became no run, for one reason at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skip {
    /// Why.
    pub reason: SkipReason,
    /// How many instants.
    pub count: u64,
    /// The first of them.
    pub first: Timestamp,
    /// The last of them.
    pub last: Timestamp,
}

impl Seen {
    pub(super) fn new(plan: Arc<Plan>, zone: TimeZone) -> Self {
        Self { log: Arc::default(), plan, zone }
    }

    pub(super) fn log(&self) -> &Arc<Mutex<Log>> {
        &self.log
    }

    /// Looks away: what happens from now on is not in it.
    pub(super) fn close(&self) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
    }

    /// Returns every event, in order.
    pub fn events(&self) -> Vec<Event> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).events.clone()
    }

    /// Returns the results of the runs of a task that ended, in the order of their ends.
    ///
    /// # Panics
    ///
    /// If there is no such task.
    #[track_caller]
    pub fn runs(&self, task: &str) -> Vec<RunResult> {
        self.of(task, |kind| match kind {
            EventKind::RunEnded { result, .. } => Some(result.clone()),
            _ => None,
        })
    }

    /// Returns how the runs of a task ended, in the order of their ends.
    ///
    /// # Panics
    ///
    /// If there is no such task.
    #[track_caller]
    pub fn outcomes(&self, task: &str) -> Vec<Outcome> {
        self.runs(task).iter().map(|run| run.outcome).collect()
    }

    /// Returns the due instants of the scheduled runs of a task that started,
    /// as RFC 3339 in the zone of the kit: `2026-03-29T03:00:00+02:00`.
    ///
    /// # Panics
    ///
    /// If there is no such task.
    #[track_caller]
    pub fn due(&self, task: &str) -> Vec<String> {
        self.of(task, |kind| match kind {
            EventKind::RunStarted { run } => run.scheduled_at.map(|at| show(at, &self.zone)),
            _ => None,
        })
    }

    /// Returns when the runs of a task started, in the form of [`due`](Self::due).
    ///
    /// # Panics
    ///
    /// If there is no such task.
    #[track_caller]
    pub fn started(&self, task: &str) -> Vec<String> {
        let name = self.name(task);
        let events = self.events();
        let starts = events.iter().filter(|event| {
            event.task() == Some(&*name) && matches!(event.kind, EventKind::RunStarted { .. })
        });
        starts.map(|event| show(event.at, &self.zone)).collect()
    }

    /// Returns the due instants of a task that became no run.
    ///
    /// # Panics
    ///
    /// If there is no such task.
    #[track_caller]
    pub fn skips(&self, task: &str) -> Vec<Skip> {
        self.of(task, |kind| match *kind {
            EventKind::FiringSkipped { reason, count, first, last, .. } => {
                Some(Skip { reason, count, first, last })
            }
            _ => None,
        })
    }

    /// Checks that every run that ended `succeeded`, and that no due instant
    /// was skipped.
    ///
    /// # Panics
    ///
    /// If not, with the list of the others and the whole timeline.
    #[track_caller]
    pub fn assert_clean(&self) {
        let events = self.events();
        let faults: Vec<String> = events
            .iter()
            .filter(|event| match &event.kind {
                EventKind::RunEnded { result, .. } => result.outcome != Outcome::Succeeded,
                EventKind::FiringSkipped { .. } => true,
                _ => false,
            })
            .map(|event| self.line(event))
            .collect();
        assert!(faults.is_empty(), "not all went well:\n{}\nin this time:\n{self:?}", faults.join("\n"));
    }

    #[track_caller]
    fn name(&self, task: &str) -> Arc<str> {
        // A task that was added to the program may have left it again.
        let of_event =
            self.events().iter().find_map(|event| event.task().filter(|name| *name == task).map(Arc::from));
        if let Some(name) = of_event {
            return name;
        }
        match self.plan.find(task) {
            Ok(index) => Arc::clone(&self.plan.tasks[index.0 as usize].name),
            Err(complaint) => panic!("{complaint}"),
        }
    }

    #[track_caller]
    fn of<T>(&self, task: &str, wanted: impl Fn(&EventKind) -> Option<T>) -> Vec<T> {
        let name = self.name(task);
        let events = self.events();
        let of_task = events.iter().filter(|event| event.task() == Some(&*name));
        of_task.filter_map(|event| wanted(&event.kind)).collect()
    }

    fn line(&self, event: &Event) -> String {
        let at = show(event.at, &self.zone);
        let mut line = format!("{at} {}", event.name());
        if let Some(task) = event.task() {
            line.push_str(&format!(" {task}"));
        }
        if let Some(run) = event.run() {
            line.push_str(&format!(" run {run}"));
        }
        let more = match &event.kind {
            EventKind::RunStarted { run } => {
                let due = run.scheduled_at.map(|due| format!(", due {}", show(due, &self.zone)));
                format!("{}{}", run.trigger, due.unwrap_or_default())
            }
            EventKind::RunEnded { result, .. } => {
                let error = result.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
                format!("{} after {}{error}", result.outcome, format_duration(result.duration))
            }
            EventKind::AttemptFailed { attempt, error, .. } => format!("attempt {attempt}: {error}"),
            EventKind::FiringSkipped { reason, count, .. } => format!("{count} as {reason}"),
            _ => String::new(),
        };
        if !more.is_empty() {
            line.push_str(&format!(", {more}"));
        }
        line
    }
}

/// A timeline.
impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = self.events();
        if events.is_empty() {
            return f.write_str("nothing happened");
        }
        let lines: Vec<String> = events.iter().map(|event| self.line(event)).collect();
        f.write_str(&lines.join("\n"))
    }
}
