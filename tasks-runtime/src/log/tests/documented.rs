//! One of each event, as `docs/logs.md` shows them.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use tasks_core::{Outcome, RunId, Trigger};

use super::*;
use crate::{
    clock::{Mono, Now},
    error::Problem,
    event::{Event, EventKind, RunRef, SkipReason, StopCause},
    report::Cut,
    result::RunResult,
};

const STAMP: &str = "2026-07-25T04:05:06";

fn at(seconds: i64) -> Timestamp {
    let start: Timestamp = format!("{STAMP}Z").parse().unwrap();
    Timestamp::from_second(start.as_second() + seconds).unwrap()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn run(task: &str, run: u64, trigger: Trigger) -> RunRef {
    let scheduled_at = (trigger == Trigger::Schedule).then(|| at(0));
    RunRef { task: task.into(), run: RunId::new(run), trigger, scheduled_at }
}

/// An event of the first moment of all.
pub(super) fn told(kind: EventKind) -> Event {
    Event::new(kind, Now { mono: Mono(0), wall: at(0) })
}

pub(super) fn started() -> EventKind {
    EventKind::RunStarted { run: run("prune_sessions", 17, Trigger::Schedule) }
}

pub(super) fn skip() -> EventKind {
    let task = "prune_sessions".into();
    EventKind::FiringSkipped { task, reason: SkipReason::Overlap, count: 1, first: at(300), last: at(300) }
}

pub(super) fn ended() -> EventKind {
    let cut = Cut {
        task: "crunch".into(),
        run: RunId::new(18),
        age: ms(63_000),
        in_poll: Some(ms(61_500)),
        outcome: Outcome::Abandoned,
    };
    EventKind::ShutdownEnded { clean: false, cut: vec![cut], took: ms(4500) }
}

fn result(outcome: Outcome, error: Option<&str>) -> EventKind {
    result_of(run("prune_sessions", 17, Trigger::Schedule), outcome, error, false)
}

fn result_of(run: RunRef, outcome: Outcome, error: Option<&str>, early: bool) -> EventKind {
    EventKind::RunEnded {
        result: RunResult {
            task: run.task,
            run: run.run,
            trigger: run.trigger,
            outcome,
            error: error.map(Into::into),
            attempts: 2,
            scheduled_at: run.scheduled_at,
            started_at: Some(at(0)),
            ended_at: at(2),
            duration: ms(2045),
            late: false,
            early,
        },
        backtrace: None,
    }
}

fn problem() -> Problem {
    Problem {
        place: "src/main.rs:14".to_owned(),
        problem: "`serve_http` runs after `migrte`, and there is no such task".to_owned(),
        remedy: "did you mean `migrate`?".to_owned(),
    }
}

fn events() -> Vec<EventKind> {
    let scheduled = || run("prune_sessions", 17, Trigger::Schedule);
    let error = "connection refused";
    vec![
        EventKind::Ready {
            crates: vec![("ideas_server".to_owned(), 5)],
            notes: vec!["`migrate` is skipped and counts as met".to_owned()],
        },
        EventKind::Idle,
        started(),
        EventKind::AttemptFailed { run: scheduled(), attempt: 1, error: error.to_owned(), backtrace: None },
        EventKind::RetryScheduled { run: scheduled(), attempt: 2, delay: ms(731) },
        result(Outcome::Succeeded, None),
        result(Outcome::Failed, Some(error)),
        result_of(run("serve_http", 2, Trigger::Boot), Outcome::Succeeded, None, true),
        EventKind::ServiceRestarting { task: "serve_http".into(), delay: ms(731), restarts: 4 },
        EventKind::ServiceDegraded { task: "serve_http".into(), restarts: 6, max: 5, within: ms(30_000) },
        EventKind::ServiceRecovered { task: "serve_http".into() },
        skip(),
        EventKind::Stuck { run: run("crunch", 18, Trigger::Boot), age: ms(60_000), in_poll: ms(58_500) },
        EventKind::Blocked { task: "serve_http".into(), dependency: "migrate".into() },
        EventKind::ClockStepped { task: "nightly_report".into(), back: ms(3_600_000) },
        EventKind::Paused {
            task: "prune_sessions".into(),
            note: "the database moves".into(),
            until: Some(at(3600)),
        },
        EventKind::Paused { task: "prune_sessions".into(), note: "".into(), until: None },
        EventKind::Resumed { task: "prune_sessions".into(), asked: true },
        EventKind::Resumed { task: "prune_sessions".into(), asked: false },
        EventKind::Rescheduled { task: "prune_sessions".into(), schedule: "every 10m, jitter 10s".into() },
        EventKind::PastSchedule { task: "launch".into() },
        EventKind::ShutdownStarted {
            cause: StopCause::Signal(15),
            budget: ms(5000),
            running: vec![run("serve_http", 2, Trigger::Boot), run("crunch", 18, Trigger::Boot)],
        },
        EventKind::ShutdownStarted { cause: StopCause::Asked, budget: ms(5000), running: vec![] },
        EventKind::ShutdownStarted {
            cause: StopCause::Essential("migrate".into()),
            budget: ms(5000),
            running: vec![],
        },
        ended(),
        EventKind::StartFailed { problem: problem() },
    ]
}

/// Every line in `format`, with the one timestamp that the documentation shows.
fn all_lines(format: Format) -> Vec<String> {
    let mut lines = lines(format, || {
        // An emitter each, so that nothing is held back.
        events().into_iter().for_each(|event| Emitter::default().observe(&told(event)));
    });
    lines.push(super::layer::dropped_line(format, 3));
    let stamp = |line: String| {
        let start = if format == Format::Json { r#"{"timestamp":""#.len() } else { 0 };
        let end = start + line[start..].find('Z').unwrap();
        let fraction = if format == Format::Json { ".000000" } else { ".000" };
        format!("{}{STAMP}{fraction}{}", &line[..start], &line[end..]).trim_end().to_owned()
    };
    lines.into_iter().map(stamp).collect()
}

fn documentation() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/logs.md");
    std::fs::read_to_string(path).unwrap()
}

/// The lines of the block that follows `<!-- name -->`.
fn block(name: &str) -> Vec<String> {
    block_of(&documentation(), name)
}

/// The same of another document.
pub(super) fn block_of(text: &str, name: &str) -> Vec<String> {
    let (_, rest) = text.split_once(&format!("<!-- {name} -->")).unwrap();
    rest.lines()
        .skip_while(|line| !line.starts_with("```"))
        .skip(1)
        .map(str::to_owned)
        .take_while(|line| line != "```")
        .collect()
}

#[test]
fn the_documentation_shows_the_lines_as_they_are() {
    for (name, format) in
        [("every json line", Format::Json), ("every pretty line", Format::Pretty { colour: false })]
    {
        let real = all_lines(format);
        assert_eq!(block(name), real, "docs/logs.md should show:\n{}", real.join("\n"));
    }
}

#[test]
fn the_name_of_an_event_is_the_word_in_its_line() {
    for event in events() {
        let event = told(event);
        let line = json(|| Emitter::default().observe(&event)).remove(0);
        assert_eq!(line["event"], event.name());
        // An essential task is the cause of a shutdown, not what it is about.
        if !event.name().starts_with("shutdown") {
            assert_eq!(line.get("task").and_then(Json::as_str), event.task(), "{event:?}");
        }
        assert_eq!(line.get("run").and_then(Json::as_u64), event.run().map(RunId::get), "{event:?}");
    }
}

#[test]
fn the_documentation_has_the_level_and_every_field_of_each_event() {
    let text = documentation();
    let always = ["timestamp", "level", "target", "message", "event"];
    let of_a_run = ["task", "run", "trigger", "scheduled_at"];
    let mut seen = BTreeSet::new();
    for line in all_lines(Format::Json) {
        let line: Map<String, Json> = serde_json::from_str(&line).unwrap();
        let event = line["event"].as_str().unwrap().to_owned();
        let row = text.lines().find(|row| row.starts_with(&format!("| `{event}` |")));
        let row = row.unwrap_or_else(|| panic!("no row for {event}"));
        let level = line["level"].as_str().unwrap().to_lowercase();
        assert!(row.contains(&level), "{level} in {row}");
        for field in line.keys().filter(|field| !always.contains(&field.as_str())) {
            let is_of_a_run = row.contains("run fields") && of_a_run.contains(&field.as_str());
            assert!(is_of_a_run || row.contains(&format!("`{field}`")), "{field} in {row}");
        }
        seen.insert(event);
    }
    let rows = text.lines().filter(|row| {
        row.starts_with("| `") && row.contains("| info") | row.contains("| warn") | row.contains("| error")
    });
    let rows: BTreeSet<_> = rows.filter_map(|row| Some(row.split('`').nth(1)?.to_owned())).collect();
    assert_eq!(rows, seen);
}
