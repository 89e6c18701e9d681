//! What is in force for a task, option by option, and where each value comes from.

use std::time::Duration;

use tasks_core::policy::{Jitter, MaxRetries, Options, RestartPolicy, Schedule};
use tasks_options::{Kind, OPTIONS, OptionRow};
use tasks_schedule::format_duration;

use super::{Backoff, Plan, Planned, Restart, Retry, Rule, fields::is_written, settings};
use crate::{
    config::{LayerKind, Origin},
    list::IntoList as _,
    text::joined,
};

/// One option, or one part of an option, that a task has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InForce {
    /// The key as a file spells it: `retry.max`.
    pub(crate) key: String,
    /// The value as a file writes it.
    pub(crate) value: String,
    /// Who wrote it; nothing if it holds because nobody did.
    pub(crate) origin: Option<Origin>,
}

/// Every option and part that can be configured, in the order of the documentation.
fn leaves() -> impl Iterator<Item = (&'static OptionRow, Option<&'static OptionRow>)> {
    let rows = OPTIONS.iter().filter(|row| !matches!(row.kind, Kind::Name | Kind::Crate));
    rows.flat_map(|row| {
        let (alone, parts) = match row.kind {
            Kind::Parts(list) => (None, list.parts),
            _ => (Some((row, None)), &[][..]),
        };
        alone.into_iter().chain(parts.iter().map(move |part| (row, Some(part))))
    })
}

impl Planned {
    /// Returns where each value stands that somebody wrote, with its key: `retry.max`.
    pub(crate) fn origins(&self) -> impl Iterator<Item = (String, Origin)> {
        let written = self.written();
        leaves().filter_map(move |(row, part)| {
            Some((settings::key(row, part), self.origin(&written, row, part)?))
        })
    }

    fn origin(&self, written: &Options<'_>, row: &OptionRow, part: Option<&OptionRow>) -> Option<Origin> {
        match self.settings.get(row, part) {
            Some(set) => Some(set.origin.clone()),
            None => is_written(written, row.key, part.map(|part| part.key))
                .then(|| Origin::new(LayerKind::Annotation, self.location())),
        }
    }
}

impl Plan {
    /// Returns everything that is in force for a task, in the order of the documentation.
    pub(crate) fn in_force(&self, task: &Planned) -> Vec<InForce> {
        let written = task.written();
        let one = |(row, part): (&'static OptionRow, Option<&'static OptionRow>)| {
            let value = match task.settings.get(row, part) {
                Some(set) if set.value.is_none() => Some(quoted("off")),
                _ => self.value(task, row.key, part.map(|part| part.key)),
            };
            let origin = task.origin(&written, row, part);
            Some(InForce { key: settings::key(row, part), value: value?, origin })
        };
        leaves().filter_map(one).into_list()
    }

    /// The value of an option as a file writes it; nothing where the task has no such option.
    fn value(&self, task: &Planned, key: &str, part: Option<&str>) -> Option<String> {
        let written = task.written();
        let schedule = task.schedule_at_start.as_ref();
        let rule = schedule.map(|schedule| &schedule.rule);
        let limit = |limit: Option<Duration>| limit.map_or(quoted("off"), length);
        Some(match (key, part) {
            ("every", _) => match written.schedule {
                Some(Schedule::Every(period)) => length(period),
                _ => return None,
            },
            ("delay", None) => match written.schedule {
                Some(Schedule::Delay(delay)) => length(delay),
                _ => return None,
            },
            ("cron", _) => match written.schedule {
                Some(Schedule::Cron(text)) => quoted(text),
                _ => return None,
            },
            ("at", _) => match written.schedule {
                Some(Schedule::At(text)) => quoted(text),
                _ => return None,
            },
            ("timezone", _) => match rule {
                Some(Rule::Cron(schedule)) => quoted(schedule.zone().name()),
                _ => return None,
            },
            ("initial_delay", _) => match rule {
                Some(Rule::Every { first, .. } | Rule::Delay { first, .. }) => length(*first),
                _ => return None,
            },
            ("align", _) => match rule {
                Some(Rule::Every { .. } | Rule::Aligned { .. }) => {
                    matches!(rule, Some(Rule::Aligned { .. })).to_string()
                }
                _ => return None,
            },
            ("on_start", _) => schedule?.on_start.to_string(),
            ("jitter", None) => match schedule?.jitter {
                Duration::ZERO => quoted("off"),
                longest => length(longest),
            },
            ("spread", _) => match schedule?.spread.length() {
                Duration::ZERO => quoted("off"),
                longest => length(longest),
            },
            ("misfire", _) => match rule? {
                Rule::Delay { .. } => return None,
                _ => quoted(&schedule?.misfire.to_string()),
            },
            ("start", _) if task.is_scheduled => return None,
            ("start", _) => quoted(task.start.as_str()),
            ("tags", _) => list(&task.tags),
            ("after", _) => list(&task.waits_for),
            ("timeout", _) => limit(task.timeout),
            ("stop_after", _) => limit(task.stop_after),
            ("deadline", _) => limit(task.deadline),
            ("grace", _) => length(task.grace),
            ("retry", Some(part)) => return retry(&task.retry, part, is_written(&written, key, Some(part))),
            ("restart", Some(_)) if task.is_scheduled => return None,
            ("restart", Some(part)) => {
                return restart(&task.restart, part, is_written(&written, key, Some(part)));
            }
            ("priority", _) => quoted(task.priority.as_str()),
            ("pool", _) => quoted(
                task.pool.and_then(|pool| self.pools.get(pool.0 as usize)).map_or("off", |pool| &*pool.name),
            ),
            ("max_running", _) => task.max_running?.to_string(),
            ("overlap", _) => quoted(&task.overlap.to_string()),
            ("essential", _) => task.essential.to_string(),
            ("stop_within", _) => length(task.stop_within?),
            ("on_shutdown", _) => quoted(task.on_shutdown.as_str()),
            ("enabled", _) => written.enabled.unwrap_or(true).to_string(),
            _ => return None,
        })
    }
}

/// The parts of a retry that is off mean nothing, unless somebody wrote them.
fn retry(retry: &Retry, part: &str, is_written: bool) -> Option<String> {
    if part != "max" && retry.max == MaxRetries::Limited(0) && !is_written {
        return None;
    }
    Some(match part {
        "max" => match retry.max {
            MaxRetries::Limited(max) => max.to_string(),
            MaxRetries::Unlimited => quoted("unlimited"),
        },
        "panics" => retry.panics.to_string(),
        part => return backoff(&retry.backoff, part),
    })
}

/// The same for a restart.
fn restart(restart: &Restart, part: &str, is_written: bool) -> Option<String> {
    if part != "policy" && restart.policy == RestartPolicy::Never && !is_written {
        return None;
    }
    Some(match part {
        "policy" => quoted(restart.policy.as_str()),
        "max" => restart.max.to_string(),
        "within" => length(restart.within),
        part => return backoff(&restart.backoff, part),
    })
}

fn backoff(backoff: &Backoff, part: &str) -> Option<String> {
    Some(match part {
        "delay" => length(backoff.delay),
        "factor" => backoff.factor.to_string(),
        "max_delay" => length(backoff.max_delay),
        "jitter" => quoted(match backoff.jitter {
            Jitter::Full => "full",
            Jitter::Off => "off",
        }),
        _ => return None,
    })
}

fn length(length: Duration) -> String {
    quoted(&format_duration(length).to_string())
}

fn list(words: &[String]) -> String {
    format!("[{}]", joined(words.iter().map(|word| quoted(word)), ", "))
}

/// A text as TOML and Rust write it.
fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => shown.extend(['\\', c]),
            c if c.is_control() => shown.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{Sample, plan};

    #[test]
    fn every_option_of_the_table_is_shown_for_some_task() {
        let minute = Duration::from_secs(60);
        let scheduled = |name, schedule| {
            Sample::scheduled(name).with(|options| {
                options.schedule = Some(schedule);
                options.max_running = Some(1);
            })
        };
        let checked = plan([
            Sample::task("task").with(|options| options.stop_within = Some(Duration::from_secs(1))),
            scheduled("every", Schedule::Every(minute)),
            scheduled("delay", Schedule::Delay(minute)),
            scheduled("cron", Schedule::Cron("@daily")),
            scheduled("at", Schedule::At("2030-01-31T09:00:00Z")),
        ]);
        let shown: Vec<String> = checked
            .plan
            .tasks
            .iter()
            .flat_map(|task| checked.plan.in_force(task))
            .map(|in_force| in_force.key)
            .collect();
        for row in OPTIONS.iter().filter(|row| !matches!(row.kind, Kind::Name | Kind::Crate)) {
            let key = match row.kind {
                Kind::Parts(list) => format!("{}.{}", row.key, list.head().key),
                _ => row.key.to_owned(),
            };
            assert!(shown.contains(&key), "`{key}` is not shown");
        }
    }

    #[test]
    fn a_text_stays_in_its_quotes() {
        assert_eq!(quoted("a\"b\\c\u{7}"), "\"a\\\"b\\\\c\\u0007\"");
    }
}
