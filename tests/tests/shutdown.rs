//! From the first signal to the end of the process.
#![cfg(target_os = "linux")]

use std::{
    thread,
    time::{Duration, Instant},
};

use tests::{
    End, SLACK,
    Signal::{SIGHUP, SIGINT, SIGTERM},
    fixture,
};

const BUDGET: Duration = Duration::from_secs(5);
const AT_ONCE: Duration = Duration::from_secs(1);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The drain ends one second before the budget does.
#[track_caller]
fn at_the_end_of_the_drain(end: End) -> End {
    end.after(ms(4000)..ms(4500) + SLACK)
}

#[test]
fn an_idle_program_ends_at_once_with_0() {
    for signal in [SIGTERM, SIGINT] {
        let mut program = fixture!("many").tasks("hourly,done_at_once").start();
        program.wait_for_end_of("done_at_once");
        program.stop(signal);
        let end = program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
        let began = end.events("shutdown_started");
        assert_eq!(began.len(), 1);
        assert_eq!(began[0].text("signal"), signal.as_str());
        let ended = end.events("shutdown_ended");
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].json["clean"], true, "{}", ended[0].json);
    }
}

#[test]
fn a_task_that_needs_a_second_after_its_token_gets_it() {
    let mut program = fixture!("many").tasks("needs_1s").start();
    program.wait_for_start_of("needs_1s");
    program.stop(SIGTERM);
    let end = program.ends_within(BUDGET).with_code(0).after(ms(1000)..ms(1500) + SLACK);
    assert_eq!(end.marks("needs_1s ends").len(), 1);
    assert_eq!(end.outcomes("needs_1s"), ["succeeded"]);
}

#[test]
fn a_body_that_does_not_listen_may_finish_inside_the_drain() {
    let mut program = fixture!("many").tasks("finishes").start();
    program.wait_for_mark("finishes began");
    program.stop(SIGTERM);
    let end = program.ends_within(BUDGET).with_code(0).after(ms(1000)..ms(2000) + SLACK);
    assert_eq!(end.outcomes("finishes"), ["succeeded"]);
}

#[test]
fn a_deaf_body_is_dropped_at_the_end_of_the_drain_with_124() {
    for task in ["deaf", "deaf_listener"] {
        let mut program = fixture!("many").tasks(task).start();
        program.wait_for_start_of(task);
        program.stop(SIGTERM);
        let end = at_the_end_of_the_drain(program.ends_within(BUDGET).with_code(124));
        assert_eq!(end.marks(&format!("{task} was dropped")).len(), 1);
        end.naming(task, "interrupted");
    }
}

#[test]
fn a_body_that_asked_to_be_dropped_is_dropped_at_once_with_0() {
    let mut program = fixture!("many").tasks("droppable").start();
    // Its start is told before its first poll, and a stop in between drops a
    // body that has made nothing yet.
    program.wait_for_mark("droppable began");
    program.stop(SIGTERM);
    let end = program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
    assert_eq!(end.marks("droppable was dropped").len(), 1);
    assert_eq!(end.outcomes("droppable"), ["interrupted"]);
    assert_eq!(end.events("shutdown_ended")[0].json["clean"], true);
}

#[test]
fn a_body_that_is_ready_all_the_time_hears_its_token() {
    let mut program = fixture!("many").tasks("endless_yield").workers(1).start();
    program.wait_for_start_of("endless_yield");
    program.stop(SIGTERM);
    let end = program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
    assert_eq!(end.outcomes("endless_yield"), ["succeeded"]);
}

#[test]
fn an_error_of_a_body_that_was_told_to_stop_is_interrupted_and_clean() {
    let mut program = fixture!("many").tasks("fails_when_told").start();
    program.wait_for_start_of("fails_when_told");
    program.stop(SIGTERM);
    let end = program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
    let ended = end.only("run_ended", "fails_when_told");
    assert_eq!((ended.text("outcome").as_str(), ended.text("error").as_str()), ("interrupted", "cut off"));
}

#[test]
fn a_run_between_two_attempts_is_interrupted_at_once_with_0() {
    let mut program = fixture!("many").tasks("between_attempts").start();
    program.wait_for("retry_scheduled", |event| event.is_of("between_attempts"));
    program.stop(SIGTERM);
    let end = program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
    let ended = end.only("run_ended", "between_attempts");
    assert_eq!(ended.text("outcome"), "interrupted");
    assert_eq!(ended.text("error"), "the first attempt", "the last error is kept");
    assert_eq!(ended.number("attempts"), 1);
}

#[test]
fn a_queued_run_is_interrupted_at_once_with_0_and_never_starts() {
    let mut program = fixture!("many").tasks("holds_the_pool,waits_for_the_pool").start();
    program.wait_for_start_of("holds_the_pool");
    program.stop(SIGTERM);
    let end = program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
    assert_eq!(end.outcomes("waits_for_the_pool"), ["interrupted"]);
    assert_eq!(end.marks("waits_for_the_pool began").len(), 0);
    assert_eq!(end.outcomes("holds_the_pool"), ["succeeded"]);
}

#[test]
fn a_dependency_is_told_when_its_dependants_have_ended() {
    let mut program = fixture!("many").tasks("client").start();
    program.wait_for_start_of("client");
    program.stop(SIGTERM);
    let end = program.ends_within(BUDGET).with_code(0).after(ms(1000)..ms(1700) + SLACK);
    let order = ["client was told", "client ends", "server was told", "server ends", "database was told"];
    let times: Vec<_> = order.iter().map(|mark| end.marks(mark)[0].time()).collect();
    assert!(times.is_sorted(), "{order:?} at {times:?}");
    for task in ["client", "server", "database"] {
        assert_eq!(end.outcomes(task), ["succeeded"]);
    }
}

#[test]
fn a_dependency_is_told_at_half_the_drain_even_if_dependants_live() {
    let mut program = fixture!("many").tasks("slow_server").start();
    program.wait_for_start_of("slow_server");
    program.stop(SIGTERM);
    let end = program.ends_within(BUDGET).with_code(0).after(ms(3000)..ms(3500) + SLACK);
    let told = end.marks("database was told")[0].at - end.since();
    assert!(told >= ms(2000) && told < ms(2300) + SLACK, "{told:?}");
}

#[test]
fn set_up_that_fails_or_panics_starts_nothing_and_ends_with_1() {
    for (mode, text) in [("set-up fails", "no database"), ("set-up panics", "set-up is broken")] {
        let end = fixture!("many").tasks("done_at_once").mode(mode).run().with_code(1).after(..AT_ONCE * 2);
        assert!(end.events("run_started").is_empty() && end.events("ready").is_empty());
        let failed = end.events("start_failed");
        assert_eq!(failed.len(), 1);
        assert!(failed[0].text("problem").contains(text), "{}", failed[0].json);
    }
}

#[test]
fn a_signal_during_set_up_drops_it_and_starts_nothing_with_0() {
    let mut program = fixture!("many").tasks("done_at_once").mode("set-up takes long").spawn();
    program.wait_for_mark("set-up began");
    program.stop(SIGTERM);
    let end = program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
    assert!(end.events("run_started").is_empty() && end.events("ready").is_empty());
    assert_eq!(end.marks("set-up was dropped").len(), 1);
}

#[test]
fn a_second_signal_during_a_longer_drain_ends_it_at_once() {
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
        let mut program = fixture!("many").tasks("needs_3s").start();
        program.wait_for_start_of("needs_3s");
        program.signal(SIGINT);
        program.wait_for("shutdown_started", |_| true);
        program.still_runs_for(ms(1000));
        program.stop(signal);
        program.ends_within(BUDGET).with_code(code).after(..SLACK);
    }
}

#[test]
fn two_signals_of_one_key_press_are_one_graceful_shutdown() {
    let mut program = fixture!("many").tasks("needs_1s").start();
    program.wait_for_start_of("needs_1s");
    program.stop(SIGINT);
    thread::sleep(ms(80));
    program.signal(SIGINT);
    let end = program.ends_within(BUDGET).with_code(0).after(ms(1000)..ms(1500) + SLACK);
    assert_eq!(end.outcomes("needs_1s"), ["succeeded"]);
    assert_eq!(end.events("shutdown_started").len(), 1);
}

#[test]
fn a_hang_up_is_as_good_as_a_terminate() {
    let mut program = fixture!("many").tasks("needs_1s").start();
    program.wait_for_start_of("needs_1s");
    program.stop(SIGHUP);
    program.ends_within(BUDGET).with_code(0).after(ms(1000)..ms(1500) + SLACK);
}

#[test]
fn under_nohup_a_hang_up_is_ignored() {
    let mut program = fixture!("many").tasks("hourly").through(&["nohup"]).start();
    program.signal(SIGHUP);
    program.still_runs_for(ms(500));
    program.stop(SIGTERM);
    let end = program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
    assert_eq!(end.events("shutdown_started").len(), 1);
}

#[test]
fn an_essential_failure_ends_the_program_with_1() {
    for task in ["essential_fails", "essential_panics"] {
        let names = format!("{task},hourly,needs_1s");
        let end = fixture!("many").tasks(&names).run().with_code(1).after(ms(1000)..ms(3000) + SLACK);
        assert_eq!(end.outcomes("needs_1s"), ["succeeded"], "the others are drained");
        let began = &end.events("shutdown_started")[0];
        assert_eq!((began.text("cause").as_str(), began.is_of(task)), ("essential", true), "{}", began.json);
    }
}

#[test]
fn an_essential_failure_whose_drain_had_to_cut_runs_is_still_1() {
    let program = fixture!("many").tasks("essential_fails,deaf").budget(ms(2000)).spawn();
    program.ends_within(ms(2000)).with_code(1).naming("deaf", "interrupted");
}

#[test]
fn an_essential_failure_with_a_thread_that_never_comes_back_is_still_1() {
    let program = fixture!("many").tasks("essential_fails,stuck_a").budget(ms(2000)).spawn();
    program.ends_within(ms(2000)).with_code(1).naming("stuck_a", "abandoned");
}

#[test]
fn a_task_that_asks_for_the_end_ends_the_program_with_0() {
    let end = fixture!("many").tasks("asks_for_shutdown,hourly,needs_1s").run();
    let end = end.with_code(0).after(ms(1000)..ms(2500) + SLACK);
    assert_eq!(end.outcomes("needs_1s"), ["succeeded"]);
}

#[test]
fn whoever_asks_for_the_end_may_shorten_the_budget() {
    let mut program = fixture!("many").tasks("asks_for_quick_shutdown,deaf").spawn();
    let began = program.wait_for("shutdown_started", |_| true).at;
    program.still_runs_for(ms(1000));
    let end = program.ends_within(BUDGET).with_code(124).naming("deaf", "interrupted");
    let took = end.events("shutdown_ended")[0].at - began;
    assert!(took >= ms(1400) && took < ms(2000) + SLACK, "{took:?}");
}

#[test]
fn a_program_that_may_end_when_idle_does() {
    let end = fixture!("many").tasks("done_at_once,essential_ends_well").mode("exit when idle").run();
    let end = end.with_code(0).after(..AT_ONCE * 2);
    assert_eq!(end.events("idle").len(), 1);
}

#[test]
fn a_program_that_may_not_end_when_idle_waits_for_a_signal() {
    let mut program = fixture!("many").tasks("done_at_once").start();
    program.wait_for("idle", |_| true);
    program.still_runs_for(ms(500));
    program.stop(SIGTERM);
    let end = program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
    assert_eq!(end.events("idle").len(), 1, "said once");
}

#[test]
fn teardown_is_called_after_the_last_task_and_knows_the_report() {
    let mut program = fixture!("many").tasks("needs_1s").mode("teardown").start();
    program.wait_for_start_of("needs_1s");
    program.stop(SIGTERM);
    let end = program.ends_within(BUDGET).with_code(0);
    let teardown = &end.marks("teardown")[0];
    assert_eq!(teardown.number("code"), 0);
    assert!(end.marks("needs_1s ends")[0].time() < teardown.time());
}

#[test]
fn teardown_has_until_half_a_second_before_the_end() {
    for mode in ["teardown takes long", "teardown blocks"] {
        let mut program = fixture!("many").tasks("hourly").mode(mode).start();
        let t0 = program.stop(SIGTERM);
        program.wait_for_mark("teardown began");
        let end = program.ends_within(BUDGET).with_code(124).after(ms(4400)..BUDGET);
        let dropped = end.marks("teardown was dropped");
        assert_eq!(dropped.len(), usize::from(mode == "teardown takes long"));
        assert!(dropped.iter().all(|mark| mark.at - t0 < ms(4500) + SLACK));
    }
}

#[test]
fn a_body_that_hears_the_signal_by_tokio_hears_it_too() {
    let mut program = fixture!("many").tasks("hears_the_signal_itself").start();
    program.wait_for_mark("listens to the signal");
    program.stop(SIGTERM);
    let end = program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
    assert_eq!(end.marks("heard the signal").len(), 1);
    assert_eq!(end.outcomes("hears_the_signal_itself"), ["succeeded"]);
}

#[test]
fn a_shutdown_that_code_began_changes_nothing_for_the_first_signal() {
    let mut program = fixture!("many").tasks("asks_for_shutdown,needs_3s").spawn();
    let began = program.wait_for("shutdown_started", |_| true).at;
    program.signal(SIGTERM);
    let end = program.ends_within(BUDGET).with_code(0);
    let took = Instant::now() - began;
    assert!(took >= ms(2900) && took < ms(3500) + SLACK, "{took:?}");
    assert_eq!(end.outcomes("needs_3s"), ["succeeded"]);
}

#[test]
fn handlers_are_there_before_the_program_is_ready() {
    // A signal at the first sign of life, which is long before `ready`.
    let mut program = fixture!("many").tasks("hourly").mode("set-up blocks").spawn();
    program.wait_for_mark("set-up began");
    program.stop(SIGTERM);
    program.ends_within(BUDGET).with_code(124).after(ms(4500)..BUDGET);
}

#[test]
fn ten_thousand_deaf_bodies_are_dropped_in_time() {
    let program = fixture!("many").tasks("starts_many_deaf,one_of_many_deaf").env("FIXTURE_COUNT", "10000");
    let mut program = program.env("RUST_LOG", "error").spawn();
    program.wait_for_mark("starts_many_deaf");
    program.stop(SIGTERM);
    program.ends_within(BUDGET).with_code(124).after(ms(4000)..BUDGET);
}

#[test]
fn runs_that_had_to_be_cut_are_named_oldest_first() {
    let program = fixture!("many").tasks("starts_many_deaf,one_of_many_deaf").env("FIXTURE_COUNT", "100");
    let mut program = program.budget(ms(2000)).start();
    program.wait_for_many(101, |event| event.json["event"] == "run_started");
    program.stop(SIGTERM);
    let end = program.ends_within(ms(2000)).with_code(124);
    let cut = end.events("shutdown_ended")[0].text("cut");
    let runs: Vec<u64> =
        cut.split("; ").filter_map(|run| run.split_whitespace().nth(1)?.parse().ok()).collect();
    assert!(runs.len() == 100 && runs.is_sorted(), "{cut}");
}

#[test]
fn an_interrupt_is_heard_where_a_shell_has_left_it_ignored() {
    // As in the background of a script.
    for signal in [SIGINT, SIGTERM] {
        let mut program =
            fixture!("many").tasks("hourly").through(&["env", "--ignore-signal=INT,TERM"]).start();
        program.stop(signal);
        program.ends_within(AT_ONCE).with_code(0).after(..AT_ONCE);
    }
}
