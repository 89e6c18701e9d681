//! Attempts, and what is said of them.
#![cfg(target_os = "linux")]

use std::time::Duration;

use tests::{End, SLACK, Signal::SIGTERM, fixture};

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
fn a_run_that_fails_twice_and_then_succeeds_has_three_attempts() {
    let end = one_run("third_time_lucky");
    let ended = end.only("run_ended", "third_time_lucky");
    assert_eq!((ended.text("outcome").as_str(), ended.number("attempts")), ("succeeded", 3));
    assert!(ended.number("duration_ms") >= 300, "the waits are part of the run: {}", ended.json);
    let attempts = end.marks("third_time_lucky");
    let gaps: Vec<_> = attempts.windows(2).map(|two| two[1].time() - two[0].time()).collect();
    assert_eq!(gaps.len(), 2);
    assert!(gaps[0] >= ms(99) && gaps[0] < ms(110) + SLACK, "{gaps:?}");
    assert!(gaps[1] >= ms(199) && gaps[1] < ms(210) + SLACK, "{gaps:?}");
    let failed = end.events("attempt_failed");
    let errors: Vec<_> = failed.iter().map(|event| (event.number("attempt"), event.text("error"))).collect();
    assert_eq!(errors, [(1, "attempt 1 failed".to_owned()), (2, "attempt 2 failed".to_owned())]);
    assert_eq!(end.events("run_started").len(), 1);
}

#[test]
fn a_run_that_always_fails_has_three_attempts_and_the_next_firing_runs() {
    let mut program = fixture!("many").tasks("never_lucky").start();
    program.wait_for_many(3, |event| event.json["event"] == "run_ended");
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(0);
    let ended = end.events("run_ended");
    assert!(ended.iter().all(|end| end.number("attempts") == 3 && end.text("outcome") == "failed"));
    let first: Vec<_> = end.marks("never_lucky").iter().map(|mark| mark.number("attempt")).collect();
    assert_eq!(first[..9], [1, 2, 3, 1, 2, 3, 1, 2, 3]);
}

#[test]
fn a_fatal_error_is_not_retried_however_it_is_wrapped() {
    for (task, error) in
        [("fatal", "hopeless"), ("fatal_in_anyhow", "hopeless"), ("fatal_under_context", "importing")]
    {
        let end = one_run(task);
        let ended = end.only("run_ended", task);
        assert_eq!((ended.text("outcome").as_str(), ended.number("attempts")), ("failed", 1));
        assert!(
            ended.text("error").contains(error) && ended.text("error").contains("hopeless"),
            "{}",
            ended.json
        );
        assert_eq!(end.marks(task).len(), 1);
    }
}

#[test]
fn an_error_may_ask_for_its_own_delay() {
    let end = one_run("retry_after");
    assert_eq!(end.outcomes("retry_after"), ["succeeded"]);
    let attempts = end.marks("retry_after");
    let gap = attempts[1].time() - attempts[0].time();
    assert!(gap >= ms(299) && gap < ms(310) + SLACK, "{gap:?}");
}
