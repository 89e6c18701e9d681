//! Pools that cannot keep up.
//!
//! How long runs take is not known here. What is known is how many are due and
//! how long they may take: the one gives the average that a pool can bear, the
//! other what would happen if every attempt took all of its time.

use std::time::Duration;

use tasks_schedule::format_duration;

use super::{Counted, limits::longest_attempt};
use crate::{
    list::IntoList as _,
    plan::{Plan, PoolIndex},
};

pub(super) fn lines(plan: &Plan, counted: &[Counted<'_>], length: Duration) -> Vec<String> {
    let pools = (0..).map(PoolIndex).zip(&plan.pools);
    pools
        .map(|(index, pool)| {
            let of_pool: Vec<_> =
                counted.iter().filter(|counted| counted.task.pool == Some(index)).into_list();
            let places = if pool.size == 1 { "1 place".to_owned() } else { format!("{} places", pool.size) };
            format!("`{}`, {places}: {}", pool.name, load(&of_pool, pool.size, length))
        })
        .into_list()
}

fn load(counted: &[&Counted<'_>], size: u32, length: Duration) -> String {
    let runs: u64 = counted.iter().map(|counted| counted.runs).sum();
    if runs == 0 {
        return "no run is due by itself".to_owned();
    }
    let due = if runs == 1 { "1 run is due".to_owned() } else { format!("{runs} runs are due") };
    let bearable = length.as_secs_f64() * f64::from(size) / runs as f64;
    let bearable = format_duration(rounded(bearable));
    let limited = |counted: &&&Counted<'_>| longest_attempt(counted.task).is_some();
    let busy: f64 = counted
        .iter()
        .filter_map(|counted| Some(longest_attempt(counted.task)?.as_secs_f64() * counted.runs as f64))
        .sum::<f64>()
        / length.as_secs_f64();
    let unlimited = counted.iter().filter(|counted| !limited(counted)).count();
    let mut words = format!("{due}; it keeps up while they hold a place for {bearable} on average");
    match busy > f64::from(size) {
        true => words
            .push_str(&format!(", and cannot if each takes its whole limit: that needs {busy:.1} places")),
        false => words.push_str(&format!("; if each takes its whole limit, {busy:.1} are in use")),
    }
    if unlimited > 0 {
        let tasks = if unlimited == 1 { "1 task has".to_owned() } else { format!("{unlimited} tasks have") };
        words.push_str(&format!(" ({tasks} no limit, and counted as nothing here)"));
    }
    words
}

/// To what somebody can read: whole seconds from ten on, else milliseconds.
fn rounded(seconds: f64) -> Duration {
    let seconds = if seconds >= 10.0 { seconds.floor() } else { (seconds * 1_000.0).floor() / 1_000.0 };
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
