//! Threads that never come back: the process ends in under 5 s all the same,
//! with 124, and names the tasks wherever its log can be read.
#![cfg(target_os = "linux")]

use std::time::Duration;

use tests::{
    End, Launch,
    Signal::{SIGCONT, SIGSTOP, SIGTERM},
    fixture,
};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Starts it, waits until every one of these marks is there, terminates it and
/// checks the end.
fn ends_with_124(program: Launch, marks: &[&str]) -> End {
    let mut program = program.spawn();
    for mark in marks {
        program.wait_for_mark(mark);
    }
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000));
    end.with_code(124).after(ms(1400)..ms(5000))
}

#[test]
fn one_worker_of_several() {
    let program = fixture!("many").tasks("stuck_a,wants_to_end").workers(2);
    let end = ends_with_124(program, &["stuck_a", "wants_to_end"]).naming("stuck_a", "abandoned");
    assert_eq!(end.outcomes("wants_to_end"), ["succeeded"], "the other worker goes on");
}

#[test]
fn every_worker() {
    let program = fixture!("many").tasks("stuck_a,stuck_b").workers(2);
    ends_with_124(program, &["stuck_a", "stuck_b"])
        .naming("stuck_a", "abandoned")
        .naming("stuck_b", "abandoned");
}

#[test]
fn the_only_worker() {
    let program = fixture!("many").tasks("stuck_a").workers(1);
    ends_with_124(program, &["stuck_a"]).naming("stuck_a", "abandoned");
}

#[test]
fn the_report_tells_how_long_a_run_has_been_inside_one_poll() {
    let program = fixture!("many").tasks("stuck_a").workers(1).budget(ms(2000));
    let end = ends_with_124(program, &["stuck_a"]);
    let cut = end.events("shutdown_ended")[0].text("cut");
    assert!(cut.contains("poll"), "{cut}");
}

#[test]
fn a_runtime_of_one_thread() {
    let program = fixture!("many").tasks("stuck_a").mode("current thread");
    ends_with_124(program, &["stuck_a"]).saying("stuck_a");
}

#[test]
fn a_spinning_worker_and_one_that_waits_for_its_own_lock() {
    let program = fixture!("many").tasks("spins,locks_itself_out").workers(2);
    ends_with_124(program, &["spins", "locks_itself_out"])
        .naming("spins", "abandoned")
        .naming("locks_itself_out", "abandoned");
}

#[test]
fn a_thread_of_the_blocking_pool() {
    let program = fixture!("many").tasks("stuck_on_the_blocking_pool");
    ends_with_124(program, &["stuck_on_the_blocking_pool"]).naming("stuck_on_the_blocking_pool", "abandoned");
}

#[test]
fn a_child_and_a_closure_that_block_their_threads() {
    let program = fixture!("many").tasks("child_blocks,piece_blocks").workers(2);
    ends_with_124(program, &["child_blocks", "piece_blocks"])
        .naming("child_blocks", "abandoned")
        .naming("piece_blocks", "abandoned");
}

#[test]
fn a_drop_that_blocks() {
    for (task, workers) in [("drop_blocks", 1), ("drop_blocks_at_once", 2)] {
        let program = fixture!("many").tasks(task).workers(workers);
        let end = ends_with_124(program, &[task]).naming(task, "abandoned");
        assert_eq!(end.marks(&format!("{task} is dropped")).len(), 1);
    }
}

#[test]
fn a_drop_that_blocks_in_a_runtime_of_one_thread() {
    for task in ["drop_blocks", "drop_blocks_at_once"] {
        let program = fixture!("many").tasks(task).mode("current thread");
        ends_with_124(program, &[task]).saying(task);
    }
}

#[test]
fn a_full_stderr_pipe_that_nobody_reads() {
    let (program, _pipe) = fixture!("many").tasks("stuck_a").workers(1).mode("full stderr").stderr_unread();
    ends_with_124(program, &["stuck_a"]);
}

#[test]
fn a_body_that_writes_to_a_full_stderr_pipe_itself() {
    let (program, _pipe) = fixture!("many").tasks("writes_to_stderr").workers(1).stderr_unread();
    ends_with_124(program, &["writes_to_stderr"]);
}

#[test]
fn a_full_stderr_pipe_holds_no_task_that_only_logs() {
    let (program, _pipe) = fixture!("many").tasks("logs_much").workers(1).stderr_unread();
    let mut program = program.spawn();
    program.wait_for_mark("logs_much");
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0).after(..ms(1500));
}

#[test]
fn a_body_that_holds_the_lock_of_stderr() {
    let program = fixture!("many").tasks("holds_stderr").workers(1);
    ends_with_124(program, &["holds_stderr"]);
}

#[test]
fn an_exit_handler_that_blocks() {
    // Nothing is stuck until `main` returns.
    let mut program = fixture!("many").tasks("hourly").mode("blocking exit handler").start();
    program.stop(SIGTERM);
    program.wait_for_mark("exit handler");
    program.ends_within(ms(5000)).with_code(124).after(ms(4500)..ms(5000));
    // What is abandoned meets no exit handler at all.
    let program = fixture!("many").tasks("stuck_a").workers(1).mode("blocking exit handler");
    let end = ends_with_124(program, &["stuck_a"]).naming("stuck_a", "abandoned");
    assert!(end.marks("exit handler").is_empty());
}

#[test]
fn an_inherited_blocked_mask() {
    let program = fixture!("many").tasks("stuck_a").workers(1);
    let program = program.through(&["env", "--block-signal=TERM,INT,HUP"]);
    ends_with_124(program, &["stuck_a"]).naming("stuck_a", "abandoned");
}

const AS_PID_1: [&str; 6] = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--"];

#[test]
fn as_pid_1() {
    let mut words = AS_PID_1.iter();
    let allowed = std::process::Command::new(words.next().unwrap_or(&"")).args(words).arg("true").status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no namespace can be made here");
        return;
    }
    let program = fixture!("many").tasks("stuck_a").workers(1).through(&AS_PID_1);
    ends_with_124(program, &["stuck_a"]).naming("stuck_a", "abandoned");
    let mut program = fixture!("many").tasks("needs_1s").through(&AS_PID_1).start();
    program.wait_for_start_of("needs_1s");
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0);
    let mut program = fixture!("many").tasks("needs_3s").through(&AS_PID_1).start();
    program.wait_for_start_of("needs_3s");
    program.signal(SIGTERM);
    program.still_runs_for(ms(700));
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(143).after(..ms(500));
}

#[test]
fn set_up_that_blocks_its_thread() {
    let mut program = fixture!("many").tasks("hourly").mode("set-up blocks").spawn();
    program.wait_for_mark("set-up began");
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(124).after(..ms(5000));
}

#[test]
fn a_second_signal_ends_it_although_every_worker_is_stuck() {
    let mut program = fixture!("many").tasks("stuck_a,stuck_b").workers(2).spawn();
    program.wait_for_mark("stuck_a");
    program.wait_for_mark("stuck_b");
    program.signal(SIGTERM);
    program.still_runs_for(ms(700));
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(143).after(..ms(300));
}

#[test]
fn more_threads_than_the_blocking_pool_has() {
    let program = fixture!("many").tasks("fills_the_blocking_pool,one_of_many_stuck_threads,ticker");
    let mut program = program.env("RUST_LOG", "warn").spawn();
    program.wait_for_mark("fills_the_blocking_pool");
    // The schedules do not care.
    program.wait_for_many(program.marks("ticker").len() + 10, |event| event.json["mark"] == "ticker");
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(124).after(ms(4400)..ms(5000));
    let outcomes = end.outcomes("one_of_many_stuck_threads");
    assert_eq!(outcomes.len(), 600);
    assert!(outcomes.iter().all(|outcome| ["abandoned", "interrupted"].contains(&outcome.as_str())));
}

#[test]
fn a_process_that_was_stopped_past_its_budget_ends_when_it_goes_on() {
    let mut program = fixture!("many").tasks("stuck_a,needs_3s").workers(2).spawn();
    program.wait_for_mark("stuck_a");
    program.wait_for_start_of("needs_3s");
    program.signal(SIGTERM);
    program.wait_for("shutdown_started", |_| true);
    program.signal(SIGSTOP);
    std::thread::sleep(ms(5500));
    program.stop(SIGCONT);
    program.ends_within(ms(5000)).with_code(124).after(..ms(500));
}
