//! Running a contender to its end.

use std::{
    io::{BufRead, BufReader, Read as _, Write as _},
    os::unix::process::ExitStatusExt as _,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    time::{ClockId, clock_gettime},
    unistd::Pid,
};

use crate::numbers::Sample;

/// After this a contender is not slow but stuck.
const LONGEST: Duration = Duration::from_secs(150);

/// Runs a contender and takes the figures from what it writes. One that fails
/// says why on stderr and has no figures: the others go on.
pub(crate) fn figures(command: &mut Command, sample: &mut Sample) -> Result<()> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let lines = BufReader::new(child.stdout.take().context("stdout is piped")?);
    let watch = Watchdog::over(&child, LONGEST);
    for line in lines.lines() {
        sample.read(&line?)?;
    }
    let status = child.wait()?;
    drop(watch);
    if !status.success() {
        eprintln!("{command:?} ended with {status}");
        sample.figures.clear();
    }
    Ok(())
}

/// A contender that has said `ready`, and lives.
pub(crate) struct Ready {
    child: Child,
    stdout: BufReader<ChildStdout>,
    _watch: Watchdog,
}

impl Ready {
    /// Starts a contender and waits until it is ready. Figures that it writes
    /// before are taken.
    pub(crate) fn start(command: &mut Command, sample: &mut Sample) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let watch = Watchdog::over(&child, LONGEST);
        let mut stdout = BufReader::new(child.stdout.take().context("stdout is piped")?);
        loop {
            let mut line = String::new();
            ensure!(stdout.read_line(&mut line)? > 0, "{command:?} ended before it was ready");
            if line.trim() == "ready" {
                return Ok(Self { child, stdout, _watch: watch });
            }
            sample.read(line.trim())?;
        }
    }

    /// Tells it to go on.
    pub(crate) fn go(&mut self) -> Result<()> {
        Ok(self.child.stdin.as_mut().context("stdin is piped")?.write_all(b"go\n")?)
    }

    /// Takes the figures that it writes until it ends.
    pub(crate) fn finish(mut self, sample: &mut Sample) -> Result<()> {
        for line in self.stdout.by_ref().lines() {
            sample.read(&line?)?;
        }
        ensure!(self.child.wait()?.success(), "a contender has failed");
        Ok(())
    }

    /// Sends SIGTERM and waits for the end, for so long at most.
    pub(crate) fn terminate(mut self, limit: Duration) -> Result<Option<(Duration, ExitStatus)>> {
        let pid = pid(&self.child);
        let (sender, receiver) = mpsc::channel();
        let since = Instant::now();
        kill(pid, Signal::SIGTERM)?;
        // A thread that waits sees the end at once; one that asks sees it late.
        let waiter = thread::spawn(move || {
            let status = self.child.wait();
            let _ = sender.send((since.elapsed(), status));
            drop(self.stdout);
        });
        let ended = receiver.recv_timeout(limit);
        if ended.is_err() {
            kill(pid, Signal::SIGKILL)?;
        }
        let joined = waiter.join();
        ensure!(joined.is_ok(), "the waiting thread has panicked");
        ended.ok().map(|(took, status)| Ok((took, status?))).transpose()
    }
}

/// Returns the exit code, or 128 and the signal.
pub(crate) fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(128 + status.signal().unwrap_or(0))
}

/// What the start of a program takes.
pub(crate) struct Started {
    /// Until it said that it had arrived, if it did.
    pub(crate) arrived: Option<Duration>,
    pub(crate) ended: Duration,
}

/// Runs a program to its end, and returns when it arrived and when it ended,
/// both counted from before it was started.
pub(crate) fn start(command: &mut Command) -> Result<Started> {
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let since = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC)?);
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    let ended = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC)?) - since;
    if !output.status.success() {
        bail!("{command:?} ended with {}", output.status);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let arrived = text.lines().find_map(|line| line.strip_prefix("arrived ")).map(str::parse).transpose()?;
    Ok(Started { arrived: arrived.map(|ns| Duration::from_nanos(ns).saturating_sub(since)), ended })
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX))
}

/// Kills a child that lives too long, unless it is dropped before.
struct Watchdog {
    _alive: mpsc::Sender<()>,
}

impl Watchdog {
    fn over(child: &Child, limit: Duration) -> Self {
        let pid = pid(child);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            if receiver.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
                // It may have ended in this very moment.
                let _ = kill(pid, Signal::SIGKILL);
            }
        });
        Self { _alive: sender }
    }
}
