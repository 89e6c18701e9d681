//! Services that do not run until shutdown, and `docs/services.md`, which shows
//! what is said of them.
//!
//! They are played on virtual time and without jitter, so that an hour takes
//! no time and each line comes at the same moment again.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tasks_core::{
    BodyKind, Context, Definition, Location, Needs, Registration, Task, TaskFuture,
    policy::{Jitter, Options, RestartOptions, RestartPolicy},
};

use super::{documented::block_of, *};
use crate::event::Event;

const START: &str = "2026-01-01T00:00:00Z";

/// A service whose runs live for so long and then end so; after the last it
/// waits for the shutdown.
#[derive(Debug)]
struct Scripted {
    essential: bool,
    lives: Vec<Duration>,
    error: Option<&'static str>,
    runs: AtomicUsize,
}

impl Scripted {
    fn fails(error: &'static str, lives: impl Into<Vec<Duration>>) -> Self {
        Self { essential: false, lives: lives.into(), error: Some(error), runs: AtomicUsize::new(0) }
    }

    fn returns(lives: impl Into<Vec<Duration>>) -> Self {
        Self { error: None, ..Self::fails("", lives) }
    }

    fn essential(self) -> Self {
        Self { essential: true, ..self }
    }
}

impl Task for Scripted {
    fn definition(&self) -> Definition<'_> {
        let mut restart = RestartOptions::NONE;
        (restart.policy, restart.jitter) = (Some(RestartPolicy::OnFailure), Some(Jitter::Off));
        let mut options = Options::NONE;
        (options.restart, options.essential) = (Some(restart), self.essential.then_some(true));
        Definition {
            name: "serve_http",
            description: "Serves the HTTP API until shutdown.",
            location: Location { file: "src/http.rs", line: 12, module_path: "my_app::http" },
            body: BodyKind::Async,
            scheduled: false,
            options,
        }
    }

    fn run(&self, cx: Context) -> TaskFuture {
        let life = self.lives.get(self.runs.fetch_add(1, Ordering::Relaxed)).copied();
        let error = self.error;
        Box::pin(async move {
            match life {
                Some(life) => tokio::time::sleep(life).await,
                None => cx.cancelled().await,
            }
            match error {
                Some(error) if life.is_some() => Err(error.into()),
                _ => Ok(()),
            }
        })
    }

    fn needs(&self, needs: &mut Needs) {
        needs.listens();
    }
}

/// What is said of a program of this one service, which somebody ends after so long.
struct Said {
    /// The log, with the instants of the virtual clock.
    log: Vec<String>,
    exit_code: u8,
    /// What `Handle::tasks` shows of the service before the end.
    info: String,
}

async fn play(service: Scripted, until: Duration) -> Said {
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let seen = Arc::clone(&events);
    let handle = crate::builder()
        .without_discovery()
        .register(Registration::new(service))
        .observe(move |event: &Event| seen.lock().unwrap().push(event.clone()))
        .__virtual_time(START.parse().unwrap())
        .start()
        .await
        .unwrap();
    tokio::time::sleep(until).await;
    let info = format!("{:?}", handle.tasks()[0].service.as_ref().unwrap());
    let exit_code = handle.shutdown(None).await.exit_code();
    let events = std::mem::take(&mut *events.lock().unwrap());
    Said { log: log_of(&events), exit_code, info }
}

/// The lines of these events, whose runs are counted from 1.
fn log_of(events: &[Event]) -> Vec<String> {
    let emitter = Emitter::default();
    let mut runs = Vec::new();
    let mut log = Vec::new();
    for event in events {
        if let Some(run) = event.run().filter(|run| !runs.contains(run)) {
            runs.push(run);
        }
        for line in lines(Format::Pretty { colour: false }, || emitter.observe(event)) {
            let (_, line) = line.trim_end().split_once('Z').unwrap();
            let mut line = format!("{}{line} ", event.at.strftime("%FT%T%.3fZ"));
            for (run, number) in runs.iter().zip(1..) {
                line = line.replace(&format!(" run={run} "), &format!(" run={number} "));
                line = line.replace(&format!("serve_http {run}\""), &format!("serve_http {number}\""));
            }
            log.push(line.trim_end().to_owned());
        }
    }
    log
}

fn documentation() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/services.md");
    std::fs::read_to_string(path).unwrap()
}

fn assert_documented(name: &str, real: &[String]) {
    let block = block_of(&documentation(), name);
    assert_eq!(block, real, "docs/services.md should show:\n{}", real.join("\n"));
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn crashes_at_once(times: usize) -> Scripted {
    Scripted::fails("address already in use", vec![Duration::ZERO; times])
}

#[tokio::test(start_paused = true)]
async fn one_that_crashes_at_once() {
    let said = play(crashes_at_once(20), seconds(70)).await;
    assert_documented("crashes at once", &said.log);
    assert_documented("crashes at once, seen from code", &[said.info]);
    assert_eq!(said.exit_code, 0);
}

#[tokio::test(start_paused = true)]
async fn one_that_crashes_at_once_and_is_essential() {
    let said = play(crashes_at_once(20).essential(), seconds(70)).await;
    assert_documented("crashes at once, essential", &said.log);
    assert_eq!(said.exit_code, 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_recovers() {
    let said = play(crashes_at_once(6), seconds(70)).await;
    let recovered: Vec<_> = said.log.into_iter().filter(|line| line.contains("service_recovered")).collect();
    assert_documented("recovers", &recovered);
    assert_eq!(said.exit_code, 0);
}

#[tokio::test(start_paused = true)]
async fn one_that_crashes_after_an_hour() {
    let said = play(Scripted::fails("connection reset", [seconds(3600)]), seconds(3700)).await;
    assert_documented("crashes after an hour", &said.log);
    assert_documented("crashes after an hour, seen from code", &[said.info]);
    assert_eq!(said.exit_code, 0);
}

#[tokio::test(start_paused = true)]
async fn one_that_returns_ok() {
    let said = play(Scripted::returns([seconds(90)]), seconds(100)).await;
    assert_documented("returns ok", &said.log);
    assert_documented("returns ok, seen from code", &[said.info]);
    assert_eq!(said.exit_code, 0);
}

#[tokio::test(start_paused = true)]
async fn one_that_returns_ok_and_is_essential() {
    let said = play(Scripted::returns([seconds(90)]).essential(), seconds(100)).await;
    assert_documented("returns ok, essential", &said.log);
    assert_eq!(said.exit_code, 1);
}
