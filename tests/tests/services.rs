//! Services that do not run until shutdown: what the log and the exit code say.
#![cfg(target_os = "linux")]

use std::time::Duration;

use tests::{Launch, Signal::SIGTERM, fixture};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn only(task: &str) -> Launch {
    fixture!("many").tasks(task)
}

#[test]
fn an_essential_service_that_crashes_too_often_ends_the_process_with_1() {
    let end = only("essential_service_crashes").start().ends_within(ms(5000)).with_code(1);
    let started = end.events("run_started");
    let triggers: Vec<_> = started.iter().map(|event| event.text("trigger")).collect();
    assert_eq!(triggers, ["boot", "restart", "restart", "restart"], "one run and max restarts");
    let restarting = end.events("service_restarting");
    let waits: Vec<_> =
        restarting.iter().map(|event| (event.number("restarts"), event.number("delay_ms"))).collect();
    assert_eq!(waits, [(1, 20), (2, 40), (3, 80)]);
    assert!(restarting.iter().all(|event| event.text("level") == "WARN"));
    assert_eq!(end.events("service_degraded").len(), 0, "it ends instead");
    let stop = end.events("shutdown_started");
    assert_eq!(
        (stop[0].text("cause").as_str(), stop[0].text("task").as_str()),
        ("essential", "essential_service_crashes")
    );
    assert_eq!(end.outcomes("essential_service_crashes"), ["failed"; 4]);
}

#[test]
fn a_service_that_crashes_too_often_is_degraded_and_goes_on_until_it_lives() {
    let mut program = only("service_panics_at_first").may_say_panicked().start();
    program.wait_for_mark("at last");
    program.stop(SIGTERM);
    let end = program.ends_within(ms(1000)).with_code(0);
    let degraded = end.only("service_degraded", "service_panics_at_first");
    assert_eq!(degraded.text("level"), "WARN");
    assert_eq!((degraded.number("max"), degraded.number("within_ms")), (2, 5000));
    let waits: Vec<_> =
        end.events("service_restarting").iter().map(|event| event.number("delay_ms")).collect();
    assert_eq!(waits, [20, 40, 400, 400]);
    let outcomes = end.outcomes("service_panics_at_first");
    assert_eq!(outcomes, ["panicked", "panicked", "panicked", "panicked", "succeeded"]);
}

#[test]
fn a_service_that_returns_is_early_and_essential_ones_end_the_process_with_1() {
    let mut program = only("service_returns").start();
    let ended = program.wait_for_end_of("service_returns");
    assert_eq!((ended.text("level").as_str(), ended.text("outcome").as_str()), ("WARN", "succeeded"));
    assert_eq!(ended.json["early"], true);
    program.still_runs_for(ms(300));
    program.stop(SIGTERM);
    let end = program.ends_within(ms(1000)).with_code(0);
    assert_eq!(end.events("run_started").len(), 1);

    let end = only("essential_service_returns").start().ends_within(ms(2000)).with_code(1);
    assert_eq!(end.only("run_ended", "essential_service_returns").json["early"], true);
}

#[test]
fn a_plain_function_that_listens_is_restarted_and_told_to_stop() {
    let mut program = only("blocking_service").start();
    program.wait_for_mark("works");
    program.stop(SIGTERM);
    let end = program.ends_within(ms(1000)).with_code(0);
    assert_eq!(end.outcomes("blocking_service"), ["failed", "succeeded"]);
    assert_eq!(end.events("run_ended")[1].json["early"], false);
}

#[test]
fn a_service_that_is_run_by_hand_is_run_once() {
    let run = |task: &str| fixture!("many").arg("--run-task").arg(task).run();
    let end = run("essential_service_crashes").with_code(1);
    assert_eq!((end.events("run_started").len(), end.events("service_restarting").len()), (1, 0));
    let end = run("service_returns").with_code(0);
    assert_eq!(end.only("run_ended", "service_returns").json["early"], false);
}
