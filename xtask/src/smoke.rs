//! Each example, briefly: it lists its tasks, starts, becomes ready, and ends on SIGTERM.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use crate::shell::{Result, cargo, execute, output, root, say};

/// How an example ends after SIGTERM.
struct Ending {
    code: i32,
    within: Duration,
}

/// The default budget, and a little for a busy machine.
const USUAL: Ending = Ending { code: 0, within: Duration::from_millis(5300) };

/// Examples that do not end as usual, because they show something else.
const UNUSUAL: &[(&str, Ending)] = &[
    // Some of its tasks have to be cut.
    ("supervised", Ending { code: 124, ..USUAL }),
    // It has work of its own after its tasks are over.
    ("embedded", Ending { within: Duration::from_secs(12), ..USUAL }),
];

const READY_WITHIN: Duration = Duration::from_secs(30);
/// Between `ready` and SIGTERM, so that its first runs are under way.
const LIVES_FOR: Duration = Duration::from_millis(500);

struct Example {
    package: String,
    binary: String,
}

pub(crate) fn run(args: &[String]) -> Result {
    let all = examples()?;
    if let Some(unknown) = args.iter().find(|name| all.iter().all(|example| example.binary != **name)) {
        return Err(format!("there is no example `{unknown}`").into());
    }
    for example in all.iter().filter(|example| args.is_empty() || args.contains(&example.binary)) {
        let name = &example.binary;
        try_out(example).map_err(|error| format!("example `{name}`: {error}"))?;
    }
    Ok(())
}

/// Finds every program below `examples`.
fn examples() -> Result<Vec<Example>> {
    let mut examples = Vec::new();
    let mut folders = vec![root().join("examples")];
    while let Some(folder) = folders.pop() {
        if let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) {
            let package = manifest
                .lines()
                .find_map(|line| line.strip_prefix("name = "))
                .ok_or_else(|| format!("{} names no package", folder.display()))?
                .trim_matches('"')
                .to_owned();
            if folder.join("src/main.rs").exists() {
                examples.push(Example { binary: package.clone(), package: package.clone() });
            }
            for file in entries(&folder.join("src/bin")) {
                if let Some(stem) = file.file_stem() {
                    let binary = stem.to_string_lossy().into_owned();
                    examples.push(Example { package: package.clone(), binary });
                }
            }
        }
        folders.extend(entries(&folder).into_iter().filter(|path| path.is_dir() && !path.ends_with("src")));
    }
    examples.sort_by(|a, b| a.binary.cmp(&b.binary));
    match examples.is_empty() {
        true => Err("there is no example".into()),
        false => Ok(examples),
    }
}

/// What is in a folder; nothing if there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn try_out(example: &Example) -> Result {
    let chosen = ["--package", &example.package, "--bin", &example.binary];
    execute(cargo().args(["build", "--quiet"]).args(chosen))?;
    let place = Place::new(&example.binary)?;

    let list = output(started(&chosen, &place).arg("--list-tasks"))?;
    if list.trim().is_empty() {
        return Err("--list-tasks showed nothing".into());
    }

    let mut program = Program::start(started(&chosen, &place))?;
    program.wait_for("ready: ")?;
    thread::sleep(LIVES_FOR);
    let began = Instant::now();
    program.terminate()?;
    let expected =
        UNUSUAL.iter().find(|(name, _)| *name == example.binary).map_or(&USUAL, |(_, ending)| ending);
    let status = program.wait(expected.within)?;
    if status.code() != Some(expected.code) {
        program.show();
        return Err(format!("it ended with {status}, expected was exit code {}", expected.code).into());
    }
    let took = began.elapsed().as_secs_f64();
    say(&format!("{}: listed, ready, ended with {} in {took:.2} s", example.binary, expected.code));
    Ok(())
}

/// `cargo run`, which turns into the program itself: a signal for the one
/// reaches the other.
fn started(chosen: &[&str], place: &Place) -> Command {
    let mut command = cargo();
    command.args(["run", "--quiet"]).args(chosen).arg("--");
    command.env("TASKS_LOG_FORMAT", "json").env("NO_COLOR", "1").env_remove("RUST_LOG");
    command.env("IDEAS_ADDR", "127.0.0.1:0").env("IDEAS_DB", place.0.join("ideas.db"));
    command
}

/// A folder of its own for what an example writes.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("smoke-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left in the folder for temporary files harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that runs, with all that it wrote. It is killed if it is dropped alive.
struct Program {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Program {
    fn start(mut command: Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (sender, lines) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            follow(stdout, sender.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            follow(stderr, sender);
        }
        Ok(Self { child, lines, seen: Vec::new() })
    }

    fn wait_for(&mut self, text: &str) -> Result {
        let until = Instant::now() + READY_WITHIN;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let found = line.contains(text);
                    self.seen.push(line);
                    if found {
                        return Ok(());
                    }
                }
                Err(end) => {
                    self.show();
                    let why = match end {
                        RecvTimeoutError::Timeout => "it did not say so in time",
                        RecvTimeoutError::Disconnected => "it ended",
                    };
                    return Err(format!("waiting for `{text}`: {why}").into());
                }
            }
        }
    }

    /// Sends SIGTERM. The shell's own `kill` is on every system.
    fn terminate(&self) -> Result {
        execute(Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]))
    }

    fn wait(&mut self, within: Duration) -> Result<ExitStatus> {
        let until = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= until {
                self.show();
                return Err(format!("it still runs {within:?} after SIGTERM").into());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn show(&mut self) {
        self.seen.extend(self.lines.try_iter());
        self.seen.iter().for_each(|line| say(line));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has usually ended, and then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(from: impl Read + Send + 'static, to: Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { break };
            if to.send(line).is_err() {
                break;
            }
        }
    });
}
