//! The log of a whole program.
#![cfg(target_os = "linux")]

use std::time::Duration;

use tests::{End, Launch, Signal::SIGTERM, fixture};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn one_run(task: &str) -> End {
    let mut program = fixture!("many").tasks(task).start();
    program.wait_for_end_of(task);
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0)
}

#[test]
fn every_line_is_one_object_with_the_same_first_fields() {
    let mut program = fixture!("many").tasks("third_time_lucky,booms,ticker,long_error").start();
    program.wait_for_end_of("third_time_lucky");
    program.wait_for_end_of("booms");
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(0);
    let lines = end.lines().lines();
    let log: Vec<_> = end.lines().events(|event| event.json["mark"].is_null());
    assert_eq!(log.len() + end.lines().events(|event| !event.json["mark"].is_null()).len(), lines.len());
    for event in &log {
        for field in ["timestamp", "level", "target", "message"] {
            assert!(event.json[field].is_string(), "no {field}: {}", event.json);
        }
        assert!(event.json["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')));
    }
    let ended = end.only("run_ended", "third_time_lucky");
    let keys = ["task", "run", "trigger", "outcome", "attempts", "duration_ms"];
    assert!(keys.iter().all(|key| !ended.json[key].is_null()), "{}", ended.json);
    let scheduled = end.events("run_started");
    assert!(scheduled.iter().any(|event| event.is_of("ticker") && event.json["scheduled_at"].is_string()));
}

#[test]
fn each_event_has_its_level() {
    let mut program =
        fixture!("many").tasks("between_attempts,boom,done_at_once,limited,long_and_skips").start();
    program.wait_for_end_of("boom");
    program.wait_for_end_of("limited");
    program.wait_for("firing_skipped", |_| true);
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(0);
    let level_of = |event: &str, task: &str| {
        let events = end.events(event);
        let found = events.iter().find(|event| task.is_empty() || event.is_of(task));
        found.map(|event| event.text("level"))
    };
    for (event, task, level) in [
        ("ready", "", "INFO"),
        ("run_started", "boom", "INFO"),
        ("run_ended", "done_at_once", "INFO"),
        ("run_ended", "boom", "ERROR"),
        ("run_ended", "limited", "ERROR"),
        ("run_ended", "between_attempts", "WARN"),
        ("attempt_failed", "between_attempts", "WARN"),
        ("retry_scheduled", "between_attempts", "WARN"),
        ("firing_skipped", "long_and_skips", "WARN"),
        ("shutdown_started", "", "INFO"),
        ("shutdown_ended", "", "INFO"),
    ] {
        assert_eq!(level_of(event, task).as_deref(), Some(level), "{event} of {task}");
    }
}

#[test]
fn a_long_error_is_one_line_escaped_and_cut() {
    let end = one_run("long_error");
    let error = end.only("run_ended", "long_error").text("error");
    assert!(error.len() <= 4096 && error.len() > 4000, "{} bytes", error.len());
    assert!(error.starts_with("a line\\n"), "{}", &error[..40]);
    assert!(!error.chars().any(|char| char.is_control() || char == '\u{202e}'));
    assert!(end.lines().lines().iter().all(|line| line.len() < 10_000 && !line.contains('\u{1b}')));
}

#[test]
fn an_error_is_told_with_its_causes() {
    let error = one_run("chained_error").only("run_ended", "chained_error").text("error");
    let places: Vec<_> =
        ["loading", "reading the page", "the disk is on fire"].iter().map(|part| error.find(part)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{error}");
}

#[test]
fn it_is_filtered_by_rust_log() {
    let mut program = fixture!("many").tasks("boom,done_at_once").env("RUST_LOG", "error").spawn();
    program.wait_for_end_of("boom");
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(0);
    assert_eq!(end.lines().lines().len(), 1, "{}", end.lines().all());
}

#[test]
fn a_reader_gets_one_line_for_each_event() {
    let program = fixture!("many").tasks("long_error,done_at_once").mode("exit when idle");
    let end =
        program.env("TASKS_LOG_FORMAT", "pretty").run().with_code(0).saying("ready").saying("long_error");
    let lines = end.lines().lines();
    assert!(lines.iter().all(|line| line.contains(" tasks: ")), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains('\u{1b}')), "no colours in a pipe");
}

#[test]
fn a_backtrace_comes_when_it_is_asked_for() {
    let program = fixture!("many").tasks("boom").mode("exit when idle");
    let end = program.env("RUST_BACKTRACE", "1").run().with_code(0);
    // The function of the task may have no symbol of its own; its line is there.
    let backtrace = end.only("run_ended", "boom").text("backtrace");
    assert!(backtrace.contains("src/bin/many/panics.rs:12"), "{backtrace}");
    assert!(!one_run("boom").says("rust_begin_unwind"));
}

#[test]
fn a_log_that_cannot_be_written_disturbs_nothing() {
    let closed = fixture!("many").tasks("boom,needs_1s,logs_much");
    let closed = closed.through(&["sh", "-c", r#"exec "$@" 2>&-"#, "sh"]);
    let full = fixture!("many").tasks("boom,needs_1s,logs_much").stderr(Launch::file("/dev/full"));
    for program in [closed, full] {
        let mut program = program.spawn();
        program.wait_for_mark("logs_much");
        program.stop(SIGTERM);
        let end = program.ends_within(ms(5000)).with_code(0).after(..ms(1800));
        assert_eq!(end.marks("needs_1s ends").len(), 1);
    }
}

#[test]
fn a_reader_of_the_log_that_goes_away_disturbs_nothing() {
    let (program, pipe) = fixture!("many").tasks("booms,ticker").stderr_unread();
    let mut program = program.spawn();
    program.wait_for_mark("ticker");
    drop(pipe);
    let before = program.marks("ticker").len();
    program.wait_for_many(before + 10, |event| event.json["mark"] == "ticker");
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0).after(..ms(1000));
}

#[test]
fn lines_of_children_and_closures_bear_the_fields_of_their_run() {
    let end = one_run("logs_in_pieces");
    let run = end.only("run_ended", "logs_in_pieces").number("run");
    for text in ["from a child", "from a closure"] {
        let lines: Vec<_> = end.lines().events(|line| line.json["message"] == text);
        let attempts: Vec<_> = lines.iter().map(|line| line.number("attempt")).collect();
        assert_eq!(attempts, [1, 2], "{text}");
        for line in lines {
            assert!(line.is_of("logs_in_pieces") && line.number("run") == run, "{line:?}");
        }
    }
}
