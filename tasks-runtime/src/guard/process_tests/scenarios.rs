//! What the children do.

use nix::sys::signal::SigSet;

use super::*;
use crate::guard::{Closer, Guard, InstallError};

fn mark(mark: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{mark}").unwrap();
    out.flush().unwrap();
}

/// Tells the parent of every step, and the scenario of `stop`.
struct Marks(Sender<()>);

impl Closer for Marks {
    fn stop(&self, signal: i32, t0: Instant) {
        assert!(t0 <= Instant::now());
        mark(&format!("stop {signal}"));
        self.0.send(()).unwrap();
    }

    fn drain_over(&self) {
        mark("drain_over");
    }

    fn abandon(&self) {
        mark("abandon");
    }
}

/// Marks, and blocks on standard error in every step.
struct Clogged;

impl Clogged {
    fn step(what: &str) {
        mark(what);
        std::io::stderr().write_all(&[b'x'; 1 << 20]).unwrap();
    }
}

impl Closer for Clogged {
    fn stop(&self, signal: i32, _: Instant) {
        Self::step(&format!("stop {signal}"));
    }

    fn drain_over(&self) {
        Self::step("drain_over");
    }

    fn abandon(&self) {
        Self::step("abandon");
    }
}

fn armed(closer: Arc<dyn Closer>) -> Result<Guard, InstallError> {
    let guard = Guard::arm(BUDGET, closer)?;
    guard.armed().map(|()| guard)
}

fn install() -> (Guard, Receiver<()>) {
    let (sender, stopped) = channel();
    (armed(Arc::new(Marks(sender))).unwrap(), stopped)
}

fn deaf() -> ! {
    loop {
        thread::sleep(Duration::from_secs(600));
    }
}

/// `exit` runs the destructors of its thread's locals, as it runs exit handlers.
struct BlockingExit;

impl Drop for BlockingExit {
    fn drop(&mut self) {
        mark("exit handler");
        deaf();
    }
}

thread_local! {
    static BLOCKING_EXIT: BlockingExit = const { BlockingExit };
}

pub(super) fn play(scenario: &str) -> ! {
    match scenario {
        "deaf" => {
            let _guard = install();
            mark("ready");
            deaf();
        }
        "drain for 200 ms" | "drain for 1 s" => {
            let (_guard, stopped) = install();
            mark("ready");
            stopped.recv().unwrap();
            thread::sleep(Duration::from_millis(if scenario.ends_with(" ms") { 200 } else { 1000 }));
            std::process::exit(0);
        }
        "blocked mask" => {
            assert!(SigSet::thread_get_mask().unwrap().contains(SIGTERM));
            let _guard = install();
            mark("ready");
            deaf();
        }
        "disarmed" => {
            let (guard, _) = install();
            guard.disarm();
            mark("ready");
            deaf();
        }
        "dropped" => {
            drop(install());
            mark("ready");
            deaf();
        }
        "disarm at stop" => {
            let (guard, stopped) = install();
            mark("ready");
            stopped.recv().unwrap();
            guard.disarm();
            mark("disarmed");
            deaf();
        }
        "armed again" => {
            let (first, _) = install();
            first.begin(Instant::now(), BUDGET);
            first.disarm();
            let _second = install();
            // Of an earlier session: it must not touch the second one.
            first.set_exit_code(7);
            drop(first);
            mark("ready");
            deaf();
        }
        "two" => {
            let _first = install();
            let (sender, _stopped) = channel();
            let second = armed(Arc::new(Marks(sender)));
            mark("ready");
            mark(if matches!(second, Err(InstallError::AlreadyRunning)) { "refused" } else { "granted" });
            deaf();
        }
        "essential failure" => {
            let (guard, _) = install();
            guard.set_exit_code(1);
            guard.begin(Instant::now(), Duration::from_secs(60));
            mark("ready");
            deaf();
        }
        "begun and dropped" => {
            let (guard, _) = install();
            guard.begin(Instant::now(), BUDGET);
            drop(guard);
            mark("ready");
            deaf();
        }
        "settle at stop" => {
            let (guard, stopped) = install();
            mark("ready");
            stopped.recv().unwrap();
            guard.settle();
            mark("settled");
            deaf();
        }
        "blocking exit handler" => {
            let (_guard, stopped) = install();
            BLOCKING_EXIT.with(|_| ());
            mark("ready");
            stopped.recv().unwrap();
            std::process::exit(0);
        }
        "full stderr" => {
            let _guard = armed(Arc::new(Clogged)).unwrap();
            thread::spawn(|| std::io::stderr().write_all(&[b'x'; 1 << 20]));
            mark("ready");
            deaf();
        }
        other => panic!("no scenario {other}"),
    }
}
