//! `--forecast-runs`: what the next time holds, from the schedules alone.
//!
//! | module | foretells |
//! |---|---|
//! | [`times`] | when a task is due, as something that can be counted |
//! | [`herds`] | which tasks are due on the same second |
//! | [`limits`] | runs that may take longer than it is to the next one |
//! | [`load`] | pools that cannot keep up |
//! | [`dst`] | what changes of the clocks do in the next twelve months |

mod dst;
mod herds;
mod limits;
mod load;
mod times;

use std::{
    io::{self, Write},
    time::Duration,
};

use jiff::Timestamp;
use tasks_core::zone::Zone;
use tasks_schedule::format_duration;

use self::times::{Times, Window};
use super::{BOLD, PLAIN, write_columns};
use crate::{
    cli::{
        list::words::{in_zone, schedule},
        output::Screen,
    },
    error::escaped,
    list::IntoList as _,
    plan::{Plan, Planned},
    sort,
};

/// Tasks that are shown with their numbers; the rest is summed up.
const MOST_TASKS: usize = 20;
/// Lines of one part.
const MOST_LINES: usize = 20;

/// A task that is due in the window, and how often.
struct Counted<'a> {
    task: &'a Planned,
    /// None for a task without a schedule, which starts once at ready.
    times: Option<Times<'a>>,
    runs: u64,
}

/// Writes the forecast.
pub(super) fn write(
    plan: &Plan,
    length: Duration,
    now: Timestamp,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let window = Window::new(now, length);
    let counted = count(plan, window);
    let begins = in_zone(window.from, &Zone::UTC);
    writeln!(
        out,
        "{} from {begins}, as if the program were ready then: `every` and `delay` count from it, and no \
         task waits for another",
        format_duration(length)
    )?;
    write_counts(&counted, screen, out)?;
    let part = |title: &str, lines: Vec<String>, out: &mut dyn Write| write_part(title, &lines, screen, out);
    part("Most due on the same second", herds::lines(&counted, window), out)?;
    part("Limits longer than the time to the next run", limits::lines(plan, window), out)?;
    part("Pools", load::lines(plan, &counted, length), out)?;
    part("Changes of the clocks in the next twelve months", dst::lines(plan, window.from), out)
}

/// Every enabled task that is due in the window.
fn count(plan: &Plan, window: Window) -> Vec<Counted<'_>> {
    let enabled = plan.tasks.iter().filter(|task| task.is_enabled());
    let counted = enabled.map(|task| {
        let times = task.schedule_at_start.as_ref().map(|schedule| Times::of(schedule, window));
        let by_schedule = times.as_ref().map_or(0, |times| times.count(window));
        let at_start =
            task.is_boot() || task.schedule_at_start.as_ref().is_some_and(|schedule| schedule.on_start);
        Counted { task, times, runs: by_schedule + u64::from(at_start) }
    });
    counted.filter(|counted| counted.runs > 0).into_list()
}

fn write_counts(counted: &[Counted<'_>], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let total: u64 = counted.iter().map(|counted| counted.runs).sum();
    let mut sorted: Vec<&Counted<'_>> = counted.iter().into_list();
    sort::by(&mut sorted, |a, b| b.runs.cmp(&a.runs).then_with(|| a.task.name.cmp(&b.task.name)));
    let (shown, rest) = sorted.split_at(sorted.len().min(MOST_TASKS));
    let row = |counted: &&Counted<'_>| {
        let most = if counted.times.as_ref().is_some_and(Times::is_at_most) { "at most " } else { "" };
        let runs = format!("{most}{}", counted.runs);
        [escaped(&counted.task.name).into_owned(), runs, escaped(&schedule(counted.task, None)).into_owned()]
    };
    let mut rows: Vec<[String; 3]> = shown.iter().map(row).into_list();
    if !rest.is_empty() {
        let runs: u64 = rest.iter().map(|counted| counted.runs).sum();
        rows.push([format!("{} more tasks", rest.len()), runs.to_string(), String::new()]);
    }
    rows.push(["in all".to_owned(), total.to_string(), String::new()]);
    writeln!(out)?;
    write_columns(["TASK", "RUNS", "SCHEDULE"], &rows, screen, out)
}

fn write_part(title: &str, lines: &[String], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let (bold, plain) = if screen.colour { (BOLD, PLAIN) } else { ("", "") };
    writeln!(out, "\n{bold}{title}{plain}")?;
    if lines.is_empty() {
        return writeln!(out, "  none");
    }
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.iter().take(MOST_LINES).try_for_each(|line| writeln!(out, "  {}", escaped(line)))?;
    if more > 0 {
        writeln!(out, "  and {more} more")?;
    }
    Ok(())
}
