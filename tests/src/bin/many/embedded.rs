//! Tasks inside applications of their own.

use std::{process::ExitCode, time::Duration};

use clap::{Arg, Args, Command, FromArgMatches};
use serde_json::json;
use tasks_runtime::{Builder, Report, cli::TaskArgs};
use tests::{mark, mark_with};

use crate::{blocks_for_ever, program, resources::mark_figures};

/// The application's own parser, with the flags of `tasks` in it.
fn parsed() -> Builder {
    let command = Command::new("application").arg(Arg::new("port").long("port"));
    let matches = TaskArgs::augment_args(command).get_matches();
    if let Some(port) = matches.get_one::<String>("port") {
        mark_with("port", json!({ "port": port }));
    }
    match TaskArgs::from_arg_matches(&matches) {
        Ok(args) => program().args(args),
        Err(error) => error.exit(),
    }
}

/// The application's own log, in the form of ours.
fn log() {
    tracing_subscriber::fmt().json().flatten_event(true).with_writer(std::io::stderr).init();
}

fn ended(report: &Report) -> ExitCode {
    let cut: Vec<_> = report.cut().iter().map(|cut| cut.task.to_string()).collect();
    mark_with("report", json!({ "code": report.exit_code(), "cut": cut }));
    ExitCode::from(report.exit_code())
}

fn failed(error: &tasks_runtime::Error) -> ExitCode {
    let facts = json!({ "text": error.to_string(), "is_configuration": error.is_configuration() });
    mark_with("error", facts);
    ExitCode::from(error.exit_code())
}

pub(crate) fn play(mode: &str) -> ExitCode {
    match mode {
        "tokio main" => tokio_main(),
        "current thread" => current_thread(),
        "twice" => twice(),
        "one after another" => one_after_another(),
        "works on" => works_on(),
        "disarms" => disarms(),
        "never ends" => never_ends(),
        "started" => started(),
        "started often" => started_often(),
        "run often" => run_often(),
        "started with a stuck thread" => started_with_a_stuck_thread(),
        other => {
            mark_with("no such mode", json!({ "mode": other }));
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn tokio_main() -> ExitCode {
    log();
    match parsed().run_until_signal().await {
        Ok(report) => ended(&report),
        Err(error) => failed(&error),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn current_thread() -> ExitCode {
    log();
    match parsed().run_until_signal().await {
        Ok(report) => ended(&report),
        Err(error) => failed(&error),
    }
}

/// A second program while the first one runs.
#[tokio::main]
async fn twice() -> ExitCode {
    log();
    let first = tokio::spawn(parsed().run_until_signal());
    tokio::time::sleep(Duration::from_millis(300)).await;
    if let Err(error) = parsed().run_until_signal().await {
        failed(&error);
    }
    match first.await {
        Ok(Ok(report)) => ended(&report),
        _ => ExitCode::FAILURE,
    }
}

/// A second program when the first one has ended.
#[tokio::main]
async fn one_after_another() -> ExitCode {
    log();
    for _ in 0..2 {
        match parsed().run_until_signal().await {
            Ok(report) => ended(&report),
            Err(error) => return failed(&error),
        };
    }
    ExitCode::SUCCESS
}

/// Work of its own after the shutdown, for as long as somebody lets it.
#[tokio::main]
async fn works_on() -> ExitCode {
    log();
    match parsed().run_until_signal().await {
        Ok(report) => ended(&report),
        Err(error) => return failed(&error),
    };
    tokio::time::sleep(Duration::from_secs(60)).await;
    ExitCode::SUCCESS
}

#[tokio::main]
async fn disarms() -> ExitCode {
    log();
    match parsed().run_until_signal().await {
        Ok(report) => {
            ended(&report);
            report.disarm();
        }
        Err(error) => return failed(&error),
    }
    mark("works on");
    tokio::time::sleep(Duration::from_secs(60)).await;
    ExitCode::SUCCESS
}

/// An application whose own code blocks after the report.
#[tokio::main]
async fn never_ends() -> ExitCode {
    log();
    let report = parsed().run_until_signal().await;
    let _ = report.as_ref().map(ended);
    blocks_for_ever();
    ExitCode::SUCCESS
}

/// By a handle, without signals; twice in one process, and side by side.
#[tokio::main]
async fn started() -> ExitCode {
    log();
    for round in 0..2 {
        let (one, other) = match (parsed().start().await, parsed().start().await) {
            (Ok(one), Ok(other)) => (one, other),
            (Err(error), _) | (_, Err(error)) => return failed(&error),
        };
        tokio::time::sleep(Duration::from_millis(200)).await;
        for handle in [one, other] {
            let report = handle.shutdown(None).await;
            mark_with("round", json!({ "round": round, "code": report.exit_code() }));
        }
    }
    ExitCode::SUCCESS
}

/// Nobody but the application ends the process.
#[tokio::main]
async fn started_with_a_stuck_thread() -> ExitCode {
    log();
    let handle = match parsed().start().await {
        Ok(handle) => handle,
        Err(error) => return failed(&error),
    };
    tokio::time::sleep(Duration::from_millis(500)).await;
    mark("shuts down");
    ended(&handle.shutdown(None).await);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    mark("works on");
    // Returning would wait for the thread for ever: a matter of Tokio's.
    std::process::exit(7)
}

#[tokio::main]
async fn started_often() -> ExitCode {
    for _ in 0..200 {
        let Ok(handle) = parsed().start().await else { return ExitCode::FAILURE };
        handle.stopped().await;
        if handle.shutdown(None).await.exit_code() != 0 || mark_figures("round").is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[tokio::main]
async fn run_often() -> ExitCode {
    for _ in 0..200 {
        let Ok(report) = parsed().run_until_signal().await else { return ExitCode::FAILURE };
        if !report.is_clean() || mark_figures("round").is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
