//! The guard in a process of its own, because it ends it.
//!
//! Each test starts this test binary again, as [`child`] in one scenario. The
//! budget is 2 s throughout, so the guard ends a process 1.75 s after t0.
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, ExitStatus, Stdio},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal::{self, SIGHUP, SIGINT, SIGTERM};

mod scenarios;

const SCENARIO: &str = "TASKS_GUARD_TEST";
const BUDGET: Duration = Duration::from_secs(2);
const DEADLINE: Duration = Duration::from_millis(1750);

/// What a child writes begins with this, because the test harness writes too.
const MARK: &str = "mark:";

#[test]
#[ignore = "the child of the other tests"]
fn child() {
    if let Ok(scenario) = std::env::var(SCENARIO) {
        scenarios::play(&scenario);
    }
}

struct Child {
    process: std::process::Child,
    marks: Receiver<String>,
}

impl Child {
    fn start(scenario: &str) -> Self {
        Self::start_by(&[], scenario)
    }

    /// Starts a scenario by way of another program, and waits until it is `ready`.
    fn start_by(by: &[&str], scenario: &str) -> Self {
        let exe = std::env::current_exe().unwrap().into_os_string();
        let mut words = by.iter().map(Into::into).chain([exe]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(["--exact", "guard::process_tests::child"]);
        command.args(["--ignored", "--nocapture", "--test-threads=1"]).env(SCENARIO, scenario);
        // Standard error is a pipe that nobody reads.
        let stdio = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = stdio.spawn().unwrap();
        let (sender, marks) = channel();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        thread::spawn(move || {
            // The harness may have written its "test … " on the same line.
            for line in lines.map_while(Result::ok) {
                if let Some((_, mark)) = line.split_once(MARK) {
                    let _ = sender.send(mark.to_owned());
                }
            }
        });
        let mut child = Self { process, marks };
        child.expect("ready");
        child
    }

    fn expect(&mut self, mark: &str) {
        assert_eq!(self.marks.recv_timeout(Duration::from_secs(10)).as_deref(), Ok(mark));
    }

    fn send(&self, signal: Signal) -> Instant {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.process.id()).unwrap());
        nix::sys::signal::kill(pid, signal).unwrap();
        Instant::now()
    }

    fn end(&mut self) -> ExitStatus {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            match self.process.try_wait().unwrap() {
                Some(status) => return status,
                None => assert!(Instant::now() < until, "the child did not end"),
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end: with `code`, and `after` something, give or take a slow machine.
    fn expect_end(&mut self, code: i32, since: Instant, after: Duration) {
        let status = self.end();
        let took = since.elapsed();
        assert_eq!(status.code(), Some(code), "{status}");
        let slack = Duration::from_millis(20);
        assert!(took + slack >= after && took < after + Duration::from_secs(1), "{took:?}, not {after:?}");
    }

    fn still_lives(&mut self, time: Duration) {
        thread::sleep(time);
        assert_eq!(self.process.try_wait().unwrap(), None);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const AT_ONCE: Duration = Duration::ZERO;

#[test]
fn a_deaf_process_hears_every_step_and_is_ended_with_124() {
    let mut child = Child::start("deaf");
    let t0 = child.send(SIGTERM);
    for mark in ["stop 15", "drain_over", "abandon"] {
        child.expect(mark);
    }
    child.expect_end(124, t0, DEADLINE);
}

#[test]
fn a_process_that_ends_by_itself_keeps_its_code() {
    let mut child = Child::start("drain for 200 ms");
    let t0 = child.send(SIGINT);
    child.expect_end(0, t0, Duration::from_millis(200));
}

#[test]
fn a_signal_relayed_twice_is_one() {
    let mut child = Child::start("drain for 1 s");
    let t0 = child.send(SIGINT);
    thread::sleep(Duration::from_millis(100));
    child.send(SIGINT);
    child.expect_end(0, t0, Duration::from_secs(1));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
        let mut child = Child::start("deaf");
        child.send(SIGINT);
        child.expect("stop 2");
        thread::sleep(Duration::from_millis(700));
        let second = child.send(signal);
        child.expect_end(code, second, AT_ONCE);
    }
}

#[test]
fn a_blocked_mask_that_was_inherited_does_not_make_it_deaf() {
    let mut child = Child::start_by(&["env", "--block-signal=TERM"], "blocked mask");
    child.send(SIGTERM);
    child.expect("stop 15");
}

#[test]
fn a_hang_up_stops_it() {
    let mut child = Child::start_by(&["env", "--default-signal=HUP"], "deaf");
    child.send(SIGHUP);
    child.expect("stop 1");
}

#[test]
fn a_hang_up_that_was_inherited_as_ignored_stays_ignored() {
    let mut child = Child::start_by(&["sh", "-c", r#"trap "" HUP; exec "$@""#, "sh"], "deaf");
    child.send(SIGHUP);
    assert_eq!(child.marks.recv_timeout(Duration::from_millis(300)), Err(RecvTimeoutError::Timeout));
    child.send(SIGTERM);
    child.expect("stop 15");
}

#[test]
fn disarmed_the_next_signal_ends_it() {
    for scenario in ["disarmed", "dropped"] {
        for (signal, code) in [(SIGTERM, 143), (SIGINT, 130)] {
            let mut child = Child::start(scenario);
            let sent = child.send(signal);
            child.expect_end(code, sent, AT_ONCE);
        }
    }
}

#[test]
fn disarmed_a_repeat_of_the_signal_is_still_ignored() {
    let mut child = Child::start("disarm at stop");
    child.send(SIGINT);
    child.expect("stop 2");
    child.expect("disarmed");
    child.send(SIGINT);
    // Neither the repeat nor the deadline of the shutdown that was disarmed.
    child.still_lives(Duration::from_millis(2300));
    let sent = child.send(SIGINT);
    child.expect_end(130, sent, AT_ONCE);
}

#[test]
fn it_can_be_armed_again() {
    let mut child = Child::start("armed again");
    child.send(SIGTERM);
    child.expect("stop 15");
}

#[test]
fn two_at_a_time_are_refused() {
    Child::start("two").expect("refused");
}

#[test]
fn a_shutdown_that_something_else_began_has_the_same_deadline() {
    let mut child = Child::start("essential failure");
    let t0 = Instant::now();
    // The first signal changes nothing.
    thread::sleep(Duration::from_millis(300));
    child.send(SIGTERM);
    for mark in ["drain_over", "abandon"] {
        child.expect(mark);
    }
    child.expect_end(1, t0, DEADLINE);
}

#[test]
fn a_shutdown_that_began_outlives_its_guard() {
    let mut child = Child::start("begun and dropped");
    child.expect_end(124, Instant::now(), DEADLINE);
}

#[test]
fn a_settled_shutdown_keeps_only_its_deadline() {
    let mut child = Child::start("settle at stop");
    let t0 = child.send(SIGTERM);
    child.expect("stop 15");
    child.expect("settled");
    child.expect_end(124, t0, DEADLINE);
    assert_eq!(child.marks.recv_timeout(Duration::from_secs(1)), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn an_exit_handler_that_blocks_does_not_hold_it() {
    let mut child = Child::start("blocking exit handler");
    let t0 = child.send(SIGTERM);
    child.expect("stop 15");
    child.expect("exit handler");
    child.expect_end(124, t0, DEADLINE);
}

#[test]
fn a_full_pipe_on_stderr_does_not_hold_it() {
    let mut child = Child::start("full stderr");
    let t0 = child.send(SIGTERM);
    for mark in ["stop 15", "drain_over", "abandon"] {
        child.expect(mark);
    }
    child.expect_end(124, t0, DEADLINE);
}
