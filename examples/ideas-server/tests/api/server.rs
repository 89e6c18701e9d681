//! The program as a child process, with its log.

use std::{
    io::{BufRead as _, BufReader},
    mem,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use crate::scratch::Scratch;

const PATIENCE: Duration = Duration::from_secs(30);

/// A child that is killed if the test ends before it does.
pub(crate) struct Server {
    process: Child,
    log: Receiver<Value>,
    seen: Vec<Value>,
}

/// How a child ended.
pub(crate) struct End {
    pub(crate) code: Option<i32>,
    /// What it logged.
    pub(crate) log: Vec<Value>,
}

/// The program with its database in a scratch directory, a free port, and
/// nothing in its environment that could change what it does.
pub(crate) fn command(scratch: &Scratch) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ideas-server"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("TASKS_") || name.starts_with("IDEAS_") || name.starts_with("RUST_LOG") {
            command.env_remove(&*name);
        }
    }
    command
        .current_dir(scratch.path())
        .env("IDEAS_ADDR", "127.0.0.1:0")
        .env("TASKS_LOG_FORMAT", "json")
        .stdin(Stdio::null());
    command
}

impl Server {
    /// Starts a server and waits until it listens.
    pub(crate) fn start(scratch: &Scratch) -> (Self, SocketAddr) {
        Self::start_with(scratch, &[])
    }

    pub(crate) fn start_with(scratch: &Scratch, env: &[(&str, &str)]) -> (Self, SocketAddr) {
        let mut server = Self::spawn(command(scratch).envs(env.iter().copied()));
        let listening = server.wait_for(|line| line["message"] == "listening");
        let address = listening["address"].as_str().and_then(|address| address.parse().ok());
        (server, address.expect("the event has an address"))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut process = command.stderr(Stdio::piped()).spawn().expect("the program starts");
        let stderr = process.stderr.take().expect("it is piped");
        let (sender, log) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { process, log, seen: Vec::new() }
    }

    /// Waits until the log holds a line, if it does not yet.
    pub(crate) fn wait_for(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.seen.iter().find(|line| wanted(line)) {
                return line.clone();
            }
            match self.log.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(error) => panic!("{error}; the log is {:#?}", self.seen),
            }
        }
    }

    /// Waits until a run of a task has succeeded.
    pub(crate) fn wait_for_success(&mut self, task: &str) {
        self.wait_for(|line| {
            line["event"] == "run_ended" && line["task"] == task && line["outcome"] == "succeeded"
        });
    }

    pub(crate) fn terminate(&self) {
        let pid = i32::try_from(self.process.id()).expect("a process id is an i32");
        kill(Pid::from_raw(pid), Signal::SIGTERM).expect("the child lives");
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self) -> End {
        let deadline = Instant::now() + PATIENCE;
        let mut log = mem::take(&mut self.seen);
        // The log ends when the process does.
        while let Ok(line) = self.log.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            log.push(line);
        }
        assert!(Instant::now() < deadline, "the program does not end: {log:#?}");
        let code = self.process.wait().expect("it is our child").code();
        assert!(!log.iter().any(|line| line.to_string().contains("panicked at")), "{log:#?}");
        End { code, log }
    }
}

impl End {
    /// Returns the last error of a run or of the start.
    pub(crate) fn error(&self) -> &str {
        let error =
            self.log.iter().rev().find_map(|line| line["error"].as_str().or(line["problem"].as_str()));
        error.unwrap_or_else(|| panic!("no error in {:#?}", self.log))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
