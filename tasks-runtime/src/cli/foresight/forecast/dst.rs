//! What changes of the clocks do to cron expressions in the next twelve months.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use tasks_core::zone::{DstNote, WallSchedule};
use tasks_schedule::CivilDateTime;

use crate::{
    cli::list::words::in_zone,
    clock::later,
    list::IntoList as _,
    plan::{Plan, Rule},
    sort,
};

const YEAR: std::time::Duration = std::time::Duration::from_secs(366 * 86_400);

/// A line for each task and change that touches it, in the order of time.
pub(super) fn lines(plan: &Plan, from: Timestamp) -> Vec<String> {
    let mut lines: Vec<(Timestamp, String)> = Vec::new();
    for task in plan.tasks.iter().filter(|task| task.is_enabled()) {
        let Some(Rule::Cron(wall)) = task.schedule_at_start.as_ref().map(|schedule| &schedule.rule) else {
            continue;
        };
        for change in changes(wall.zone().time_zone(), from) {
            if let Some(words) = effect(wall, change) {
                lines.push((change.at, format!("`{}`: {words}", task.name)));
            }
        }
    }
    sort::by_key(&mut lines, |(at, _)| *at);
    lines.into_iter().map(|(_, line)| line).into_list()
}

/// A change of a zone's clocks, in seconds from UTC.
#[derive(Clone, Copy)]
struct Change {
    at: Timestamp,
    before: i64,
    after: i64,
}

fn changes(zone: &TimeZone, from: Timestamp) -> Vec<Change> {
    let until = later(from, YEAR);
    let offset = |at: Timestamp| i64::from(zone.to_offset(at).seconds());
    zone.following(from)
        .map(|change| change.timestamp())
        .take_while(|at| *at <= until)
        .filter_map(|at| {
            let before = Timestamp::from_second(at.as_second() - 1).ok()?;
            Some(Change { at, before: offset(before), after: offset(at) })
        })
        .filter(|change| change.before != change.after)
        .into_list()
}

/// What a change does to an expression, if anything that somebody would notice.
fn effect(wall: &WallSchedule, change: Change) -> Option<String> {
    let local = |offset: i64| change.at.as_second() + offset;
    let (shown_last, shown_next) = (local(change.before), local(change.after));
    let day = date(shown_next.min(shown_last))?;
    if change.after > change.before {
        // What lies in [shown_last, shown_next) does not exist.
        let skipped = count(wall, shown_last, shown_next);
        if skipped == 0 {
            return None;
        }
        let before = Timestamp::from_second(change.at.as_second() - 1).ok()?;
        if wall.cron().is_fixed_time() {
            let due = wall.next_after(before)?;
            let Some(DstNote::Gap { count, .. }) = due.dst else { return None };
            let at = in_zone(due.at, wall.zone());
            let merged =
                if count > 1 { format!("; {count} local times become one run") } else { String::new() };
            return Some(format!("clocks skip its local time: it runs at {at}{merged}"));
        }
        if is_steady(wall, shown_last, shown_next) {
            return None;
        }
        let runs = if skipped == 1 { "1 run".to_owned() } else { format!("{skipped} runs") };
        return Some(format!("{runs} fewer on {day}: clocks skip their local times"));
    }
    // What lies in [shown_next, shown_last) is shown twice.
    let twice = count(wall, shown_next, shown_last);
    if twice == 0 {
        return None;
    }
    if wall.cron().is_fixed_time() {
        let first = Timestamp::from_second(shown_next - change.before - 1).ok()?;
        let at = in_zone(wall.next_after(first)?.at, wall.zone());
        return Some(format!("clocks show its local time twice: it runs the first time only, at {at}"));
    }
    if is_steady(wall, shown_next, shown_last) {
        return None;
    }
    let runs = if twice == 1 { "1 run".to_owned() } else { format!("{twice} runs") };
    Some(format!("{runs} more on {day}: clocks show their local times twice"))
}

/// Whether it runs just before and just after the stretch as well: then it
/// follows elapsed time, and nobody notices the change.
fn is_steady(wall: &WallSchedule, begin: i64, end: i64) -> bool {
    let length = end - begin;
    count(wall, begin - length, begin) > 0 && count(wall, end, end + length) > 0
}

/// The local times in [begin, end) that the expression names.
fn count(wall: &WallSchedule, begin: i64, end: i64) -> u64 {
    let civil = CivilDateTime::from_seconds;
    civil(begin - 1).zip(civil(end - 1)).map_or(0, |(after, until)| wall.cron().count_between(after, until))
}

fn date(local: i64) -> Option<String> {
    let local: DateTime = Timestamp::from_second(local).ok()?.to_zoned(TimeZone::UTC).datetime();
    Some(local.strftime("%F").to_string())
}
