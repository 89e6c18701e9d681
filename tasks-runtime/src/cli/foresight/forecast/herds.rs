//! Which tasks are due on the same second.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, HashMap},
};

use jiff::Timestamp;
use tasks_core::zone::Zone;

use super::{Counted, times::Window};
use crate::{cli::list::words::in_zone, list::IntoList as _, sort, text::joined};

/// Seconds of tasks that are looked at one by one: enough for 1,000 tasks on
/// the hour for ten days. What lies behind them is said not to have been.
const LOOKED_AT: usize = 250_000;
/// Herds that are told.
const TOLD: usize = 5;
/// Names of a herd that are told.
const NAMES: usize = 8;

/// Tasks that are due together, by their places.
#[derive(Debug)]
struct Herd {
    tasks: Vec<usize>,
    times: u64,
    first: i64,
}

/// What was found, and up to which second it was looked for.
struct Found {
    herds: Vec<Herd>,
    looked_until: Option<i64>,
}

pub(super) fn lines(counted: &[Counted<'_>], window: Window) -> Vec<String> {
    let Found { mut herds, looked_until } = find(counted, window);
    sort::by(&mut herds, |a, b| {
        let larger = b.tasks.len().cmp(&a.tasks.len());
        larger.then(b.times.cmp(&a.times)).then(a.first.cmp(&b.first)).then_with(|| a.tasks.cmp(&b.tasks))
    });
    let mut lines: Vec<String> = herds.iter().take(TOLD).map(|herd| line(herd, counted)).into_list();
    if herds.len() > TOLD {
        lines.push(format!("and {} smaller or rarer groups", herds.len() - TOLD));
    }
    let spread = counted.iter().filter(|counted| is_spread(counted)).count();
    if spread > 0 && !lines.is_empty() {
        lines.push(format!("tasks with jitter or spread are left out: {spread}"));
    }
    if let Some(until) = looked_until.and_then(|second| Timestamp::from_second(second).ok()) {
        let until = in_zone(until, &Zone::UTC);
        lines.push(format!(
            "looked for up to {until} only: more than {LOOKED_AT} runs are due before the end"
        ));
    }
    lines
}

fn is_spread(counted: &Counted<'_>) -> bool {
    let schedule = counted.task.schedule_at_start.as_ref();
    schedule.is_some_and(|schedule| !schedule.jitter.is_zero() || !schedule.spread.is_zero())
}

fn line(herd: &Herd, counted: &[Counted<'_>]) -> String {
    let names = herd.tasks.iter().take(NAMES).map(|place| format!("`{}`", counted[*place].task.name));
    let mut names: Vec<String> = names.into_list();
    if herd.tasks.len() > NAMES {
        names.push(format!("{} more", herd.tasks.len() - NAMES));
    }
    let first = Timestamp::from_second(herd.first).map(|at| in_zone(at, &Zone::UTC)).unwrap_or_default();
    let when = match herd.times {
        1 => format!("at {first}"),
        times => format!("{times} times, first at {first}"),
    };
    format!("{} tasks, {when}: {}", herd.tasks.len(), joined(names, ", "))
}

/// Walks through all tasks together, second by second.
fn find(counted: &[Counted<'_>], window: Window) -> Found {
    let mut of_task: Vec<_> = counted
        .iter()
        .map(|counted| counted.times.filter(|_| !is_spread(counted))?.seconds(window))
        .into_list();
    let mut next: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
    for (place, seconds) in of_task.iter_mut().enumerate() {
        next.extend(seconds.as_mut().and_then(Iterator::next).map(|second| Reverse((second, place))));
    }
    let mut herds = HashMap::<Vec<usize>, (u64, i64)>::new();
    let mut looked_at = 0;
    while let Some(Reverse((second, _))) = next.peek().copied() {
        if looked_at >= LOOKED_AT {
            return Found { herds: collected(herds), looked_until: Some(second) };
        }
        let mut together = Vec::new();
        while let Some(Reverse((at, place))) = next.peek().copied()
            && at.cmp(&second) == Ordering::Equal
        {
            next.pop();
            together.push(place);
            let following = of_task[place].as_mut().and_then(Iterator::next);
            next.extend(following.map(|second| Reverse((second, place))));
        }
        looked_at += together.len();
        if together.len() > 1 {
            herds.entry(together).or_insert((0, second)).0 += 1;
        }
    }
    Found { herds: collected(herds), looked_until: None }
}

/// In no order; whoever shows them sorts them.
fn collected(herds: HashMap<Vec<usize>, (u64, i64)>) -> Vec<Herd> {
    herds.into_iter().map(|(tasks, (times, first))| Herd { tasks, times, first }).into_list()
}
