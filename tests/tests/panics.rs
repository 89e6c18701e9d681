//! Panics of every kind: outcomes of their runs, and nobody else's concern.
#![cfg(target_os = "linux")]

use std::time::Duration;

use tests::{End, Event, SLACK, Signal::SIGTERM, fixture};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn one_run(task: &str) -> End {
    let mut program = fixture!("many").tasks(task).start();
    program.wait_for_end_of(task);
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0)
}

#[track_caller]
fn panicked(end: &End, task: &str, text: &str) -> Event {
    let ended = end.only("run_ended", task);
    assert_eq!(ended.text("outcome"), "panicked", "{}", ended.json);
    assert!(ended.text("error").contains(text), "{}", ended.json);
    ended
}

#[test]
fn a_panic_is_told_with_message_and_place_and_the_others_stay_on_time() {
    let bystanders =
        "one_of_9,two_of_9,three_of_9,four_of_9,five_of_9,six_of_9,seven_of_9,eight_of_9,nine_of_9";
    let names = format!("boom,booms,{bystanders}");
    let mut program = fixture!("many").tasks(&names).start();
    program.wait_for_end_of("boom");
    program.still_runs_for(ms(2000));
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(0);
    let error = panicked(&end, "boom", "boom 1").text("error");
    let place = error.split("panics.rs:").nth(1).expect("a file and a line");
    assert!(place.starts_with(|char: char| char.is_ascii_digit()), "{error}");
    let again = end.outcomes("booms");
    assert!(again.len() >= 19 && again.iter().all(|outcome| outcome == "panicked"), "{again:?}");
    for name in bystanders.split(',') {
        let marks = end.marks("bystander");
        let runs: Vec<_> = marks.iter().filter(|mark| mark.is_of(name)).collect();
        assert!(runs.len() >= 19, "{name}: {}", runs.len());
        let late = runs.iter().map(|run| run.time().saturating_sub(Duration::from_nanos(run.number("due"))));
        assert!(late.max() < Some(ms(20) + SLACK), "{name}");
    }
}

#[test]
fn a_panic_on_the_blocking_pool_is_told_with_its_place() {
    panicked(&one_run("boom_on_a_thread"), "boom_on_a_thread", "panics.rs:");
}

#[test]
fn a_panic_while_a_body_is_dropped_at_its_limit_is_its_outcome() {
    panicked(&one_run("drop_panics"), "drop_panics", "dropped");
}

#[test]
fn a_panic_while_a_body_is_dropped_at_shutdown_is_its_outcome() {
    let mut program = fixture!("many").tasks("drop_panics_at_shutdown,needs_1s").budget(ms(2000)).start();
    program.wait_for_start_of("drop_panics_at_shutdown");
    program.stop(SIGTERM);
    let end = program.ends_within(ms(2000)).with_code(124).after(ms(1000)..ms(2000));
    panicked(&end, "drop_panics_at_shutdown", "dropped");
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_is_contained() {
    panicked(&one_run("payload_panics"), "payload_panics", "");
}

#[test]
fn an_error_whose_text_panics_is_contained() {
    let end = one_run("error_whose_text_panics");
    let ended = end.only("run_ended", "error_whose_text_panics");
    assert!(["failed", "panicked"].contains(&ended.text("outcome").as_str()), "{}", ended.json);
}
