//! Events through the whole subscriber, and `docs/logs.md` against what comes out.
#![cfg(all(feature = "log", unix))]

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value as Json};
use tracing::{info, info_span};

use super::{format::Format, layer::subscriber, settings::Settings, *};
use crate::observe::Observer as _;

mod documented;
mod installed;
mod services;
mod spans;

/// The lines that come of `act`, without their timestamps.
fn lines(format: Format, act: impl FnOnce()) -> Vec<String> {
    let settings = Settings { format, ..Settings::read(|_| None, false) };
    let seen = Arc::new(Mutex::new(Vec::new()));
    let write = {
        let seen = Arc::clone(&seen);
        move |line: &str| seen.lock().unwrap().push(line.to_owned())
    };
    tracing::subscriber::with_default(subscriber(&settings, write), act);
    seen.lock().unwrap().drain(..).collect()
}

fn json(act: impl FnOnce()) -> Vec<Map<String, Json>> {
    let parse = |line: String| serde_json::from_str(&line).unwrap();
    lines(Format::Json, act).into_iter().map(parse).collect()
}

#[test]
fn an_event_of_the_application_carries_the_fields_of_its_spans() {
    let lines = json(|| {
        let outer = info_span!("request", id = 7, path = "/ideas", user = tracing::field::Empty);
        let _outer = outer.enter();
        outer.record("user", "ada");
        let _inner = info_span!("query", id = 8, rows = 3_u64).entered();
        info!(rows = 4, ratio = 0.5, ok = true, "done in {}ms", 12);
    });
    let line = &lines[0];
    assert_eq!(line["message"], "done in 12ms");
    assert_eq!(line["target"], module_path!());
    // The event's own field wins, then that of the nearer span.
    assert_eq!((&line["rows"], &line["id"]), (&Json::from(4), &Json::from(8)));
    assert_eq!((&line["path"], &line["user"]), (&Json::from("/ideas"), &Json::from("ada")));
    assert_eq!((&line["ratio"], &line["ok"]), (&Json::from(0.5), &Json::from(true)));
}

#[test]
fn an_error_value_is_shown_with_its_causes() {
    let cause = std::io::Error::other("disk on fire");
    let error = tasks_core::Fatal::new(cause);
    let lines = json(|| info!(error = &error as &(dyn std::error::Error + 'static), "lost"));
    assert!(lines[0]["error"].as_str().unwrap().contains("disk on fire"));
}

#[test]
fn a_line_has_no_key_twice() {
    let lines = lines(Format::Json, || {
        let _span = info_span!("task", task = "outer", run = 1, message = "span", level = 1).entered();
        let _span = info_span!("task", task = "inner", run = 2, level = 2).entered();
        info!(run = 3, "m");
    });
    for key in ["timestamp", "level", "target", "message", "task", "run", "field_level"] {
        assert_eq!(lines[0].matches(&format!("\"{key}\":")).count(), 1, "{key} in {}", lines[0]);
    }
}

#[test]
fn what_is_not_info_is_left_out_by_default() {
    assert_eq!(lines(Format::Json, || tracing::debug!("detail")), Vec::<String>::new());
}

#[test]
fn an_event_of_the_engine_has_nothing_of_the_run_that_is_polled_meanwhile() {
    let lines = json(|| {
        let _span = info_span!("task", task = "other", run = 99, attempt = 5).entered();
        Emitter::default().observe(&documented::told(crate::event::EventKind::Idle));
    });
    assert_eq!(lines[0]["event"], "idle");
    assert!(!lines[0].contains_key("run") && !lines[0].contains_key("attempt"), "{:?}", lines[0]);
}

#[test]
fn what_was_held_back_is_told_when_the_task_runs_again_or_all_ends() {
    let (emitter, told) = (Emitter::default(), documented::told);
    let lines = json(|| {
        for _ in 0..3 {
            emitter.observe(&told(documented::skip()));
        }
        emitter.observe(&told(documented::started()));
        for _ in 0..5 {
            emitter.observe(&told(documented::skip()));
        }
        emitter.observe(&told(documented::ended()));
    });
    let told: Vec<_> =
        lines.iter().map(|line| (line["event"].as_str().unwrap(), line.get("count").cloned())).collect();
    assert_eq!(
        told,
        [
            ("firing_skipped", Some(1.into())),
            ("firing_skipped", Some(2.into())),
            ("run_started", None),
            ("firing_skipped", Some(1.into())),
            ("firing_skipped", Some(4.into())),
            ("shutdown_ended", None),
        ]
    );
}
