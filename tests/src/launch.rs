//! How a program is started.

use std::{
    ffi::OsString,
    fs::File,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    lines::Lines,
    running::{End, Running},
};

/// A program that is about to be started: with default signal dispositions,
/// in a process group of its own, and with a log of JSON lines.
#[derive(Debug)]
#[must_use = "nothing is started yet"]
pub struct Launch {
    exe: OsString,
    through: Vec<OsString>,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdout: Option<Stdio>,
    stderr: Option<Stdio>,
    panics: bool,
}

impl Launch {
    /// Of this file; see [`fixture!`](crate::fixture).
    pub fn new(exe: impl Into<OsString>) -> Self {
        Self {
            exe: exe.into(),
            through: Vec::new(),
            args: Vec::new(),
            env: Vec::new(),
            stdout: None,
            stderr: None,
            panics: false,
        }
    }

    /// With only these tasks, separated by commas.
    pub fn tasks(self, names: &str) -> Self {
        self.arg("--only-tasks").arg(names)
    }

    /// With one more argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// With one more variable in its environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// As this kind of program; the fixture knows which there are.
    pub fn mode(self, mode: &str) -> Self {
        self.env("FIXTURE", mode)
    }

    /// With so many Tokio workers.
    pub fn workers(self, workers: usize) -> Self {
        self.env("TOKIO_WORKER_THREADS", &workers.to_string())
    }

    /// With this shutdown budget instead of 5 s.
    pub fn budget(self, budget: Duration) -> Self {
        self.env("FIXTURE_BUDGET_MS", &budget.as_millis().to_string())
    }

    /// Started by another program, which becomes it or its parent.
    pub fn through(mut self, words: &[&str]) -> Self {
        self.through.extend(words.iter().map(Into::into));
        self
    }

    /// With another standard output, which the test does not read.
    pub fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.stdout = Some(stdout.into());
        self
    }

    /// With another standard error, which the test does not read.
    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.stderr = Some(stderr.into());
        self
    }

    /// It may write `panicked at` to standard error.
    pub fn may_say_panicked(mut self) -> Self {
        self.panics = true;
        self
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn spawn(self) -> Running {
        // `env` resets what this process has inherited as ignored; the
        // standard library resets the mask.
        let mut command = Command::new("env");
        command.arg("--default-signal").args(&self.through).arg(&self.exe).args(&self.args);
        for name in ["RUST_LOG", "RUST_BACKTRACE", "TOKIO_WORKER_THREADS", "NO_COLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        command.env("TASKS_LOG_FORMAT", "json").envs(self.env);
        command.stdin(Stdio::null()).process_group(0);
        let (read_out, read_err) = (self.stdout.is_none(), self.stderr.is_none());
        command.stdout(self.stdout.unwrap_or_else(Stdio::piped));
        command.stderr(self.stderr.unwrap_or_else(Stdio::piped));
        let started = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.exe.display()));
        let lines = Lines::default();
        if let Some(out) = child.stdout.take().filter(|_| read_out) {
            lines.read(out);
        }
        if let Some(err) = child.stderr.take().filter(|_| read_err) {
            lines.read(err);
        }
        Running::new(child, started, lines, self.panics)
    }

    /// Starts it and waits until its log says `ready`.
    pub fn start(self) -> Running {
        let program = self.spawn();
        program.wait_for("ready", |_| true);
        program
    }

    /// Starts it and waits for its end.
    pub fn run(self) -> End {
        self.spawn().ends_within(Duration::from_secs(20))
    }

    /// With a standard error that is a pipe which nobody reads. It lives as
    /// long as the second value.
    ///
    /// # Panics
    ///
    /// If there is no pipe to be had.
    pub fn stderr_unread(self) -> (Self, std::io::PipeReader) {
        match std::io::pipe() {
            Ok((reader, writer)) => (self.stderr(writer), reader),
            Err(error) => panic!("no pipe: {error}"),
        }
    }

    /// Opens a file to give as a stream.
    ///
    /// # Panics
    ///
    /// If it cannot be opened.
    pub fn file(path: &str) -> File {
        let file = File::options().write(true).open(path);
        file.unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}
