//! `--next-runs`: when each task is due next.

use std::io::{self, Write};

use jiff::Timestamp;
use tasks_core::zone::{DstNote, Zone};
use tasks_schedule::format_duration;

use super::write_columns;
use crate::{
    cli::{list::words, output::Screen},
    error::escaped,
    list::IntoList as _,
    plan::{Plan, Planned, PlannedSchedule, Rule},
    text::joined,
};

/// Writes a row for each of the next instants, by task and then in order.
pub(super) fn write(
    plan: &Plan,
    most: usize,
    now: Timestamp,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut rows = Vec::new();
    for task in plan.tasks.iter().filter(|task| task.is_enabled()) {
        let name = escaped(&task.name);
        rows.extend(
            next_of(task, plan, most, now)
                .into_iter()
                .map(|(due, within, note)| [name.to_string(), due, within, note]),
        );
    }
    if rows.is_empty() {
        return writeln!(out, "no task is due by itself");
    }
    write_columns(["TASK", "DUE", "IN", "NOTE"], &rows, screen, out)
}

/// The next instants of a task: when, in how long, and what there is to know.
fn next_of(task: &Planned, plan: &Plan, most: usize, now: Timestamp) -> Vec<(String, String, String)> {
    let relative = |due: String, note: String| (due, String::new(), note);
    let first = words::next(task, plan, now);
    let Some(schedule) = &task.schedule_at_start else {
        return first.into_iter().map(|next| relative(next.words, String::new())).into_list();
    };
    let mut rows = Vec::new();
    if schedule.on_start {
        rows.push(relative("at ready".to_owned(), "on_start".to_owned()));
    }
    let late = late_words(schedule);
    let with_late = |note: String| match (note.is_empty(), late.is_empty()) {
        (_, true) => note,
        (true, false) => late.clone(),
        (false, false) => format!("{note}; {late}"),
    };
    let from_ready = |first: std::time::Duration| match first.is_zero() {
        true => "at ready".to_owned(),
        false => format!("{} after ready", format_duration(first)),
    };
    match &schedule.rule {
        Rule::Every { period, first } => {
            let then = format!("then every {}", format_duration(*period));
            rows.push(relative(from_ready(*first), with_late(then)));
        }
        Rule::Delay { delay, first } => {
            let then = format!("then {} after the end of each run", format_duration(*delay));
            rows.push(relative(from_ready(*first), with_late(then)));
        }
        Rule::Cron(wall) => {
            for due in wall.upcoming(now).take(most) {
                let note =
                    due.dst.map(|note| dst_words(note, wall.cron().is_fixed_time())).unwrap_or_default();
                rows.push((words::in_zone(due.at, wall.zone()), within(due.at, now), with_late(note)));
            }
        }
        Rule::Aligned { .. } | Rule::At(_) => {
            let mut at = now;
            while let Some(next) = schedule.next_instant(at)
                && rows.len() < most + usize::from(schedule.on_start)
            {
                rows.push((words::in_zone(next, &Zone::UTC), within(next, now), with_late(String::new())));
                at = next;
            }
        }
    }
    if rows.is_empty() {
        rows.push(relative("past".to_owned(), "it will never be due again".to_owned()));
    }
    rows
}

/// By how much runs start later than they are due.
fn late_words(schedule: &PlannedSchedule) -> String {
    let (fixed, jitter) = (schedule.spread_offset(), schedule.jitter);
    match (fixed.is_zero(), jitter.is_zero()) {
        (true, true) => String::new(),
        (true, false) => format!("up to {} later", format_duration(jitter)),
        (false, true) => format!("here {} later", format_duration(fixed)),
        (false, false) => {
            format!("here {} and up to {} later", format_duration(fixed), format_duration(jitter))
        }
    }
}

/// What a change of the clocks does to a firing, for somebody who sees the list.
fn dst_words(note: DstNote, is_fixed: bool) -> String {
    match note {
        DstNote::FoldFirst if is_fixed => {
            "clocks go back: the local time comes twice, this is the only run".to_owned()
        }
        note => note.to_string(),
    }
}

/// The distance in its two largest units.
fn within(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.duration_since(now).as_secs().max(0);
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];
    let mut words = Vec::new();
    let mut left = seconds;
    for (size, unit) in units {
        if left >= size && words.len() < 2 {
            words.push(format!("{}{unit}", left / size));
            left %= size;
        } else if !words.is_empty() {
            break;
        }
    }
    if words.is_empty() { "0s".to_owned() } else { joined(words, " ") }
}
