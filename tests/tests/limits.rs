//! What a limit does to a body, by the clock of the real world.
#![cfg(target_os = "linux")]

use std::time::Duration;

use tests::{End, SLACK, Signal::SIGTERM, fixture};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Runs one task until its first run has ended.
fn one_run(task: &str) -> End {
    let mut program = fixture!("many").tasks(task).workers(2).start();
    program.wait_for_end_of(task);
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0)
}

#[track_caller]
fn lasted(end: &End, task: &str, from: u64, to: u64) {
    let ended = end.only("run_ended", task);
    let lasted = ended.number("duration_ms");
    assert!(lasted >= from && ms(lasted) <= ms(to) + SLACK, "{}", ended.json);
}

#[test]
fn a_body_past_its_limit_is_dropped_and_timed_out() {
    let end = one_run("limited");
    assert_eq!(end.outcomes("limited"), ["timed_out"]);
    lasted(&end, "limited", 300, 400);
    assert_eq!(end.marks("limited was dropped").len(), 1);
    assert_ne!(end.only("run_ended", "limited").json["late"], true);
}

#[test]
fn a_body_that_comes_back_late_is_timed_out_not_retried_and_disturbs_nobody() {
    let mut program = fixture!("many").tasks("limited_and_late,ticker").workers(2).start();
    program.wait_for_end_of("limited_and_late");
    program.still_runs_for(ms(500));
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(0);
    let ended = end.only("run_ended", "limited_and_late");
    assert_eq!(ended.text("outcome"), "timed_out");
    assert_eq!(ended.json["late"], true, "{}", ended.json);
    assert_eq!(ended.number("attempts"), 1, "it ran to its end, so it is not done again");
    assert_eq!(end.marks("limited_and_late began").len(), 1);
    lasted(&end, "limited_and_late", 1000, 1100);
    let ticks = end.marks("ticker");
    let widest = ticks.windows(2).map(|two| two[1].time().saturating_sub(two[0].time())).max();
    assert!(ticks.len() >= 20 && widest <= Some(ms(50) + SLACK), "{} ticks, {widest:?}", ticks.len());
}

#[test]
fn a_limit_for_each_attempt_and_a_deadline_for_all_are_both_honoured() {
    let end = one_run("limited_twice");
    let ended = end.only("run_ended", "limited_twice");
    assert_eq!(ended.text("outcome"), "timed_out");
    // From 0, 300, 600 and 900 ms on; the last attempt is cut at 1 s.
    assert!((3..=4).contains(&ended.number("attempts")), "{}", ended.json);
    lasted(&end, "limited_twice", 850, 1050);
    let began = end.marks("limited_twice began");
    for two in began.windows(2) {
        let gap = two[1].time() - two[0].time();
        assert!(gap >= ms(295) && gap < ms(310) + SLACK, "{gap:?}");
    }
}

#[test]
fn a_body_that_listens_has_its_grace() {
    let end = one_run("limited_and_polite");
    assert_eq!(end.outcomes("limited_and_polite"), ["timed_out"]);
    assert_eq!(end.marks("limited_and_polite ends").len(), 1);
    lasted(&end, "limited_and_polite", 500, 600);
    let end = one_run("limited_and_impolite");
    assert_eq!(end.outcomes("limited_and_impolite"), ["timed_out"]);
    assert_eq!(end.marks("limited_and_impolite was dropped").len(), 1);
    lasted(&end, "limited_and_impolite", 500, 600);
}

#[test]
fn a_plain_function_past_its_limit_is_timed_out_when_it_comes_back() {
    let end = one_run("limited_on_a_thread");
    let ended = end.only("run_ended", "limited_on_a_thread");
    assert_eq!((ended.text("outcome").as_str(), &ended.json["late"]), ("timed_out", &true.into()));
    assert_eq!(ended.number("attempts"), 1);
    lasted(&end, "limited_on_a_thread", 700, 800);
    let end = one_run("limited_on_a_thread_and_polite");
    let ended = end.only("run_ended", "limited_on_a_thread_and_polite");
    assert_eq!(ended.text("outcome"), "timed_out");
    assert_ne!(ended.json["late"], true, "{}", ended.json);
    lasted(&end, "limited_on_a_thread_and_polite", 200, 300);
}

#[test]
fn a_thread_that_has_not_come_back_is_reported_while_it_lasts() {
    let program = fixture!("many").tasks("stuck_for_3s").workers(2).start();
    let began = program.wait_for_start_of("stuck_for_3s").at;
    let stuck = program.wait_for("stuck", |event| event.is_of("stuck_for_3s"));
    let after = stuck.at - began;
    assert!(after < ms(2500), "{after:?}, too late to be of use");
    let ended = program.wait_for_end_of("stuck_for_3s");
    assert_eq!((ended.text("outcome").as_str(), &ended.json["late"]), ("timed_out", &true.into()));
}
