//! `--check-tasks`: everything that a start would check before set-up.

use std::io::{self, Write};

use jiff::Timestamp;

use super::Given;
use crate::{error::Problem, error::escaped, list::IntoList as _, plan::Plan, text::joined};

/// Problems of state that are certain before set-up.
pub(super) fn of_state(plan: &Plan, given: Given<'_>) -> Vec<Problem> {
    match given.has_set_up {
        true => Plan::state_given_twice(given.states),
        false => plan.missing_state(given.states),
    }
}

/// Writes what was checked of a program without problems, and what was not.
pub(super) fn write(plan: &Plan, given: Given<'_>, now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let disabled = plan.tasks.iter().filter(|task| !task.is_enabled()).count();
    let tasks = if plan.tasks.len() == 1 { "task" } else { "tasks" };
    let besides = if disabled > 0 { format!(", {disabled} of them disabled") } else { String::new() };
    writeln!(out, "no problem was found in {} {tasks}{besides}", plan.tasks.len())?;
    if given.has_set_up {
        for (state, users) in plan.state_to_come(given.states) {
            let users = some(&users);
            writeln!(out, "not checked: `State<{state}>`, which set-up may give; it is needed by {users}")?;
        }
    }
    for warning in &plan.warnings {
        writeln!(out, "warning: {}", escaped(warning))?;
    }
    for note in &plan.notes {
        writeln!(out, "note: {}", escaped(note))?;
    }
    for task in plan.tasks.iter().filter(|task| task.is_enabled()) {
        let Some(schedule) = &task.schedule_at_start else { continue };
        if schedule.is_over(now) {
            writeln!(
                out,
                "note: the instants of `{}` are all past; it will never be due",
                escaped(&task.name)
            )?;
        }
    }
    Ok(())
}

/// A few names, and how many more there are.
fn some(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| format!("`{}`", escaped(name))).into_list();
    if names.len() > SHOWN {
        shown.push(format!("{} more", names.len() - SHOWN));
    }
    joined(shown, ", ")
}
