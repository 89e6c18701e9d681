//! A program that was started, and how it ended.

use std::{
    fs,
    ops::RangeBounds,
    os::unix::process::ExitStatusExt,
    process::{Child, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};

use crate::lines::{Event, Lines};

/// How long anything may take that has no limit of its own.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that was started. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Lines,
    since: Instant,
    may_say_panicked: bool,
    ended: bool,
}

impl Running {
    pub(crate) fn new(child: Child, since: Instant, lines: Lines, may_say_panicked: bool) -> Self {
        Self { child, lines, since, may_say_panicked, ended: false }
    }

    fn group(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap_or(i32::MAX))
    }

    /// Returns the id of the program, which may be the child of the one that was started.
    pub fn pid(&self) -> Pid {
        let mut pid = self.child.id();
        let child_of = |pid: u32| {
            let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
            children.split_whitespace().next()?.parse().ok()
        };
        while let Some(child) = child_of(pid) {
            pid = child;
        }
        Pid::from_raw(i32::try_from(pid).unwrap_or(i32::MAX))
    }

    /// Returns what it wrote so far.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Waits for an event of its log.
    ///
    /// # Panics
    ///
    /// If it does not come.
    pub fn wait_for(&self, event: &str, fits: impl Fn(&Event) -> bool) -> Event {
        self.find(&format!("event {event}"), |seen| seen.json["event"] == event && fits(seen))
    }

    /// Waits for the first run of a task to start.
    pub fn wait_for_start_of(&self, task: &str) -> Event {
        self.wait_for("run_started", |event| event.is_of(task))
    }

    /// Waits for the first run of a task to end.
    pub fn wait_for_end_of(&self, task: &str) -> Event {
        self.wait_for("run_ended", |event| event.is_of(task))
    }

    /// Waits for a mark of the fixture.
    pub fn wait_for_mark(&self, mark: &str) -> Event {
        self.find(&format!("mark {mark}"), |seen| seen.json["mark"] == mark)
    }

    /// Waits until there are so many events that fit.
    ///
    /// # Panics
    ///
    /// If there are not.
    pub fn wait_for_many(&self, count: usize, fits: impl Fn(&Event) -> bool) -> Vec<Event> {
        let found = self.lines.wait(PATIENCE, |events, _| {
            let fitting: Vec<_> = events.iter().filter(|event| fits(event)).cloned().collect();
            (fitting.len() >= count).then_some(fitting)
        });
        found.unwrap_or_else(|all| panic!("fewer than {count} events; it wrote:\n{all}"))
    }

    fn find(&self, what: &str, fits: impl Fn(&Event) -> bool) -> Event {
        let found = self.lines.wait(PATIENCE, |events, _| events.iter().find(|event| fits(event)).cloned());
        found.unwrap_or_else(|all| panic!("no {what}; it wrote:\n{all}"))
    }

    /// Returns the marks of this name so far.
    pub fn marks(&self, mark: &str) -> Vec<Event> {
        self.lines.events(|event| event.json["mark"] == mark)
    }

    /// Sends a signal. Times of the end count from the first one.
    ///
    /// # Panics
    ///
    /// If it is gone already.
    pub fn signal(&mut self, signal: Signal) -> Instant {
        let pid = self.pid();
        let now = Instant::now();
        if let Err(error) = kill(pid, signal) {
            panic!("{signal} did not reach it: {error}; it wrote:\n{}", self.lines.all());
        }
        now
    }

    /// Sends a signal from which the time of the end counts.
    pub fn stop(&mut self, signal: Signal) -> Instant {
        self.since = self.signal(signal);
        self.since
    }

    /// Watches it for a while.
    ///
    /// # Panics
    ///
    /// If it ends.
    pub fn still_runs_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            thread::sleep(Duration::from_millis(10));
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("it ended, {status}; it wrote:\n{}", self.lines.all());
            }
        }
    }

    /// Waits for its end, and checks that nothing is left of it and that no
    /// panic was printed.
    ///
    /// # Panics
    ///
    /// If it goes on past the limit, left a process, or said that it panicked.
    pub fn ends_within(mut self, limit: Duration) -> End {
        let status = self.wait(limit);
        let took = self.since.elapsed();
        self.ended = true;
        let until = Instant::now() + PATIENCE;
        while killpg(self.group(), None) != Err(Errno::ESRCH) {
            assert!(Instant::now() < until, "a process of it is left");
            thread::sleep(Duration::from_millis(2));
        }
        assert!(self.lines.wait_closed(PATIENCE), "somebody holds its standard output or error");
        let said = self.lines.lines().iter().any(|line| line.contains("panicked at"));
        assert!(self.may_say_panicked || !said, "it panicked:\n{}", self.lines.all());
        End { status, took, since: self.since, lines: self.lines.clone() }
    }

    fn wait(&mut self, limit: Duration) -> ExitStatus {
        // Generous, so that one that is late is told by its time, not by this.
        let until = self.since.max(Instant::now()) + limit + PATIENCE;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return status,
                Ok(None) => assert!(Instant::now() < until, "it does not end:\n{}", self.lines.all()),
                Err(error) => panic!("waiting failed: {error}"),
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            let _ = killpg(self.group(), Signal::SIGKILL);
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// How a program ended.
#[derive(Debug)]
pub struct End {
    status: ExitStatus,
    took: Duration,
    since: Instant,
    lines: Lines,
}

#[expect(clippy::return_self_not_must_use, reason = "a check has done its work when it returns")]
impl End {
    /// Returns its exit code, or 128 + n if a signal ended it.
    pub fn code(&self) -> i32 {
        self.status.code().or(self.status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
    }

    /// Checks the exit code.
    ///
    /// # Panics
    ///
    /// If it is another.
    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{}; it wrote:\n{}", self.status, self.lines.all());
        self
    }

    /// Checks how long it took, from the signal or from the start.
    ///
    /// # Panics
    ///
    /// If it took less or more.
    #[track_caller]
    pub fn after(self, range: impl RangeBounds<Duration> + std::fmt::Debug) -> Self {
        assert!(
            range.contains(&self.took),
            "{:?}, not {range:?}; it wrote:\n{}",
            self.took,
            self.lines.all()
        );
        self
    }

    /// Returns how long it took, from the signal or from the start.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// Returns from when its time counts.
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Returns what it wrote.
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Returns the events of this name.
    pub fn events(&self, event: &str) -> Vec<Event> {
        self.lines.events(|seen| seen.json["event"] == event)
    }

    /// Returns the marks of this name.
    pub fn marks(&self, mark: &str) -> Vec<Event> {
        self.lines.events(|seen| seen.json["mark"] == mark)
    }

    /// Returns how the runs of a task ended, in order.
    pub fn outcomes(&self, task: &str) -> Vec<String> {
        let ended = self.events("run_ended");
        ended.iter().filter(|event| event.is_of(task)).map(|event| event.text("outcome")).collect()
    }

    /// Returns the only event of this name that speaks of the task.
    ///
    /// # Panics
    ///
    /// If there is none, or another.
    #[track_caller]
    pub fn only(&self, event: &str, task: &str) -> Event {
        let mut events = self.lines.events(|seen| seen.json["event"] == event && seen.is_of(task));
        assert_eq!(events.len(), 1, "{event} of {task}; it wrote:\n{}", self.lines.all());
        events.remove(0)
    }

    /// Returns whether anything that it wrote holds this text.
    pub fn says(&self, text: &str) -> bool {
        self.lines.lines().iter().any(|line| line.contains(text))
    }

    /// Checks that it wrote this text.
    ///
    /// # Panics
    ///
    /// If it did not.
    #[track_caller]
    pub fn saying(self, text: &str) -> Self {
        assert!(self.says(text), "no `{text}` in:\n{}", self.lines.all());
        self
    }

    /// Checks that the log names this task as one that had to be cut.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub fn naming(self, task: &str, outcome: &str) -> Self {
        let ended = self.only("run_ended", task);
        assert_eq!(ended.text("outcome"), outcome, "{}", ended.json);
        let last = self.events("shutdown_ended");
        assert_eq!(last.len(), 1, "it wrote:\n{}", self.lines.all());
        assert!(last[0].text("cut").contains(task), "{}", last[0].json);
        self
    }
}
