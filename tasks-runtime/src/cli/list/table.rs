//! The table: a row for each task, or a few lines where rows do not fit.

use std::io::{self, Write};

use jiff::Timestamp;

use super::row::{MARK, Row};
use crate::{cli::output::Screen, list::IntoList as _, plan::Plan};

const COLUMNS: usize = 10;
const GAP: usize = 2;
const LEGEND: &str = "by default";

/// Writes a row for each task. Where rows are wider than the screen, each task
/// gets a few short lines instead: a row that is cut, or goes on in the next
/// line, cannot be read by somebody who is in a hurry.
pub(super) fn write(plan: &Plan, now: Timestamp, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<Row> = plan.tasks.iter().map(|task| Row::new(task, plan, now)).into_list();
    if rows.is_empty() {
        return Ok(());
    }
    let header = header();
    let mut widths = header.each_ref().map(|cell| width(cell));
    for row in &rows {
        for (widest, cell) in widths.iter_mut().zip(cells(row)) {
            *widest = (*widest).max(width(cell));
        }
    }
    let total = widths.iter().sum::<usize>() + GAP * (COLUMNS - 1);
    match screen.width {
        Some(columns) if total > columns => write_folded(&rows, columns, screen.colour, out),
        _ => write_rows(&header, &rows, &widths, screen.colour, out),
    }
}

fn header() -> [String; COLUMNS] {
    let names = ["NAME", "SCHEDULE", "NEXT", "TIMEOUT", "RETRIES", "OVERLAP", "PRIORITY", "STATE", "PLACE"];
    let mut header: [String; COLUMNS] = std::array::from_fn(|_| format!("DESCRIPTION ({MARK} {LEGEND})"));
    for (cell, name) in header.iter_mut().zip(names) {
        name.clone_into(cell);
    }
    header
}

fn cells(row: &Row) -> [&str; COLUMNS] {
    [
        &row.name,
        &row.schedule,
        &row.next,
        &row.timeout,
        &row.retries,
        &row.overlap,
        &row.priority,
        &row.state,
        &row.place,
        &row.description,
    ]
}

fn width(text: &str) -> usize {
    text.chars().count()
}

const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

/// Names stand out, and what is disabled stands back.
fn paint(text: &str, style: &str, colour: bool) -> String {
    if colour { format!("{style}{text}{PLAIN}") } else { text.to_owned() }
}

fn write_rows(
    header: &[String; COLUMNS],
    rows: &[Row],
    widths: &[usize; COLUMNS],
    colour: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let padded = |cells: [&str; COLUMNS]| {
        let mut line = String::with_capacity(widths.iter().sum::<usize>() + GAP * COLUMNS);
        for (cell, &column) in cells.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', column - width(cell) + GAP));
        }
        line.truncate(line.trim_end().len());
        line
    };
    writeln!(out, "{}", paint(&padded(header.each_ref().map(String::as_str)), DIM, colour))?;
    for row in rows {
        let line = padded(cells(row));
        if !colour {
            writeln!(out, "{line}")?;
        } else if row.enabled {
            let (name, rest) = line.split_at(row.name.len());
            writeln!(out, "{BOLD}{name}{PLAIN}{rest}")?;
        } else {
            writeln!(out, "{DIM}{line}{PLAIN}")?;
        }
    }
    write_overridden(rows, colour, out)
}

/// What is set beside the annotations: a line for each value, below all tasks.
fn write_overridden(rows: &[Row], colour: bool, out: &mut dyn Write) -> io::Result<()> {
    let header = ["OVERRIDDEN", "OPTION", "BY"];
    let lines: Vec<[&str; 3]> = rows
        .iter()
        .flat_map(|row| row.overridden.iter().map(|(option, by)| [row.name.as_str(), option, by]))
        .into_list();
    if lines.is_empty() {
        return Ok(());
    }
    let mut widths = header.map(width);
    for line in &lines {
        for (widest, cell) in widths.iter_mut().zip(line) {
            *widest = (*widest).max(width(cell));
        }
    }
    let [name, option, _] = widths.map(|width| width + GAP);
    let padded = |[a, b, c]: &[&str; 3]| format!("{a:name$}{b:option$}{c}");
    writeln!(out, "\n{}", paint(&padded(&header), DIM, colour))?;
    lines.iter().try_for_each(|line| writeln!(out, "{}", padded(line)))
}

fn write_folded(rows: &[Row], columns: usize, colour: bool, out: &mut dyn Write) -> io::Result<()> {
    for row in rows {
        let (name_style, style) = if row.enabled { (BOLD, PLAIN) } else { (DIM, DIM) };
        let line = |text: &str| if style == DIM { paint(text, DIM, colour) } else { text.to_owned() };
        let facts = format!("{}, {}", row.state, row.place);
        if width(&row.name) + GAP + width(&facts) <= columns {
            writeln!(out, "{}  {}", paint(&row.name, name_style, colour), line(&facts))?;
        } else {
            writeln!(out, "{}", paint(&row.name, name_style, colour))?;
            wrap(&facts, columns).try_for_each(|text| writeln!(out, "{}", line(&text)))?;
        }
        let due = format!("{}; next: {}", row.schedule, row.next);
        let limits = format!(
            "timeout {}, retries {}, overlap {}, priority {}",
            row.timeout, row.retries, row.overlap, row.priority
        );
        for text in [&due, &limits, &row.description] {
            wrap(text, columns).try_for_each(|text| writeln!(out, "{}", line(&text)))?;
        }
        for (option, by) in &row.overridden {
            let text = format!("{option}, set by {by}");
            wrap(&text, columns).try_for_each(|text| writeln!(out, "{}", line(&text)))?;
        }
    }
    writeln!(out, "{}", paint(&format!("({MARK} {LEGEND})"), DIM, colour))
}

/// Breaks a line between words, indented; a word that is too long is cut, so
/// that no line is ever longer than the screen.
fn wrap(text: &str, columns: usize) -> impl Iterator<Item = String> {
    const INDENT: &str = "    ";
    let room = columns.saturating_sub(INDENT.len()).max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut used = room;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let letters: Vec<char> = word.chars().into_list();
        for (part, letters) in letters.chunks(room).enumerate() {
            match lines.last_mut() {
                Some(line) if part == 0 && used + 1 + letters.len() <= room => {
                    line.push(' ');
                    line.extend(letters);
                    used += 1 + letters.len();
                }
                _ => {
                    lines.push(INDENT.chars().chain(letters.iter().copied()).collect());
                    used = letters.len();
                }
            }
        }
    }
    lines.into_iter()
}
