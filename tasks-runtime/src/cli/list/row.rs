//! What a table says of one task.

use std::fmt::Display;

use jiff::Timestamp;
use tasks_schedule::format_duration;

use super::{implicit::Marks, words};
use crate::{
    config::LayerKind,
    error::escaped,
    list::IntoList as _,
    plan::{Plan, Planned},
};

/// The mark of a value that holds by default.
pub(super) const MARK: char = '*';

/// One task in words. Nothing in it can move the cursor.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) enabled: bool,
    pub(super) name: String,
    pub(super) schedule: String,
    pub(super) next: String,
    pub(super) timeout: String,
    pub(super) retries: String,
    pub(super) overlap: String,
    pub(super) priority: String,
    pub(super) state: String,
    pub(super) place: String,
    pub(super) description: String,
    /// What is set beside the annotation: the option with its value, and who set it.
    pub(super) overridden: Vec<(String, String)>,
}

impl Row {
    pub(super) fn new(task: &Planned, plan: &Plan, now: Timestamp) -> Self {
        let marks = Marks::of(task);
        let marked = |value: String, implicit: bool| if implicit { format!("{value}{MARK}") } else { value };
        let timeout = task.timeout.map_or("off".to_owned(), |limit| format_duration(limit).to_string());
        Self {
            enabled: task.is_enabled(),
            name: one_line(&task.name),
            schedule: one_line(&words::schedule(task, Some(MARK))),
            next: words::next(task, plan, now).map_or("-".to_owned(), |next| one_line(&next.words)),
            timeout: with("stop_after", task.stop_after.map(format_duration), marked(timeout, marks.timeout)),
            retries: with(
                "restart",
                task.is_service().then(|| task.restart.policy.as_str()),
                marked(words::retries(task.retry.max), marks.retries),
            ),
            overlap: with("max_running", task.max_running, marked(task.overlap.to_string(), marks.overlap)),
            priority: marked(task.priority.as_str().to_owned(), marks.priority),
            state: task
                .disabled
                .as_ref()
                .map_or("enabled".to_owned(), |why| format!("disabled: {}", one_line(why))),
            place: one_line(&task.location().to_string()),
            description: one_line(task.description()),
            overridden: overridden(task, plan),
        }
    }
}

fn overridden(task: &Planned, plan: &Plan) -> Vec<(String, String)> {
    if task.settings.is_empty() {
        return Vec::new();
    }
    let beside = plan.in_force(task).into_iter().filter_map(|in_force| {
        let origin = in_force.origin.filter(|origin| origin.layer != LayerKind::Annotation)?;
        let by = if origin.by_default { format!("[default], {origin}") } else { origin.to_string() };
        Some((one_line(&format!("{} = {}", in_force.key, in_force.value)), one_line(&by)))
    });
    beside.into_list()
}

/// Adds a rare option to the cell of the one that it goes with.
fn with(option: &str, value: Option<impl Display>, cell: String) -> String {
    match value {
        Some(value) => format!("{cell}, {option} {value}"),
        None => cell,
    }
}

/// A paragraph is several lines in the source and one here.
fn one_line(text: &str) -> String {
    // So is nearly every text, of which a list of thousands of tasks has several for each.
    let mut after_space = true;
    let is_one = text.bytes().all(|byte| {
        let fits = byte.is_ascii_graphic() || (byte == b' ' && !after_space);
        after_space = byte == b' ';
        fits
    });
    if is_one && !after_space {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for word in text.split_ascii_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&escaped(word));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_paragraph_becomes_one_line_with_single_spaces() {
        for (text, line) in [
            ("", ""),
            (" ", ""),
            ("as it is", "as it is"),
            (" around ", "around"),
            ("two  spaces", "two spaces"),
            ("over\n  lines\tand tabs\r\n", "over lines and tabs"),
            ("wörter  bleiben", "wörter bleiben"),
            ("a\u{1b}[31m b", "a\\u{1b}[31m b"),
        ] {
            assert_eq!(one_line(text), line, "{text:?}");
        }
    }
}
