//! What would happen: the next runs, the checks before the start, a forecast.
//!
//! Nothing is started, set up or opened for any of them.

mod check;
mod forecast;
mod next_runs;
#[cfg(test)]
mod tests;

use std::{
    io::{self, BufWriter, Write},
    time::Duration,
};

use jiff::Timestamp;
use tasks_core::States;

use super::output::{Screen, finish, report};
use crate::plan::Checked;

/// What the command line wants to know beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foresight {
    /// `--next-runs`: so many instants of each task.
    NextRuns(usize),
    /// `--check-tasks`
    Check,
    /// `--forecast-runs`: over this time.
    Forecast(Duration),
}

/// Answers on standard output, with problems on standard error, and returns the exit code.
pub(crate) fn foresee_to_stdout(checked: Checked, asked: Foresight, states: &States, has_set_up: bool) -> u8 {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let given = Given { states, has_set_up };
    foresee(checked, asked, given, Timestamp::now(), Screen::of_stdout(), &mut out, &mut io::stderr())
}

/// What the builder gave beside the tasks.
#[derive(Clone, Copy)]
struct Given<'a> {
    states: &'a States,
    has_set_up: bool,
}

/// Answers, and returns the exit code: 2 and 78 if something is wrong with the
/// words on the command line or with the tasks, 1 if the answer could not be
/// written, else 0.
fn foresee(
    mut checked: Checked,
    asked: Foresight,
    given: Given<'_>,
    now: Timestamp,
    screen: Screen,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    if let Some(error) = checked.error().filter(|error| error.is_usage()) {
        return report(&error, err);
    }
    let written = match asked {
        Foresight::NextRuns(most) => next_runs::write(&checked.plan, most, now, screen, out),
        Foresight::Check => {
            checked.problems.extend(check::of_state(&checked.plan, given));
            match checked.problems.is_empty() {
                true => check::write(&checked.plan, given, now, out),
                false => Ok(()),
            }
        }
        Foresight::Forecast(length) => forecast::write(&checked.plan, length, now, screen, out),
    };
    let code = finish(written.and_then(|()| out.flush()), err);
    checked.error().map_or(code, |error| report(&error, err))
}

const DIM: &str = "\u{1b}[2m";
const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

/// Writes columns, as wide as they have to be, below their dim names.
fn write_columns<const N: usize>(
    names: [&str; N],
    rows: &[[String; N]],
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    const GAP: usize = 2;
    let mut widths = names.map(|name| name.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + GAP - cell.chars().count()));
        }
        line.truncate(line.trim_end().len());
        line
    };
    let (dim, plain) = if screen.colour { (DIM, PLAIN) } else { ("", "") };
    writeln!(out, "{dim}{}{plain}", line(names))?;
    rows.iter().try_for_each(|row| writeln!(out, "{}", line(row.each_ref().map(String::as_str))))
}
