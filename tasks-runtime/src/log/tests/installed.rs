//! The subscriber as `main()` installs it, in a process of its own: it is the
//! process's only one.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::*;

const SCENARIO: &str = "TASKS_LOG_TEST";

#[test]
#[ignore = "the child of the other tests"]
fn child() {
    let Ok(scenario) = std::env::var(SCENARIO) else { return };
    assert!(install(true));
    assert!(!install(true), "there is one already");
    match scenario.as_str() {
        "two lines" => {
            info!(answer = 42, "first");
            tracing::debug!("second");
            assert!(flush(Duration::from_secs(10)));
        }
        "full pipe" => {
            let start = Instant::now();
            let text = "x".repeat(1000);
            for _ in 0..20_000 {
                info!("{text}");
            }
            assert!(!flush(Duration::from_millis(50)));
            assert!(start.elapsed() < Duration::from_secs(20));
        }
        other => panic!("no scenario {other}"),
    }
}

fn command(scenario: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "log::tests::installed::child", "--ignored", "--nocapture"]);
    command.env(SCENARIO, scenario).env_remove("RUST_LOG").env_remove("TASKS_LOG_FORMAT");
    command
}

/// What a child that ended well wrote to stderr.
fn stderr(command: &mut Command) -> Vec<String> {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn where_there_is_no_terminal_it_writes_json() {
    let lines = stderr(&mut command("two lines"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line: Map<String, Json> = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&line["message"], &line["answer"]), (&Json::from("first"), &Json::from(42)));
}

#[test]
fn the_environment_is_honoured() {
    let lines = stderr(command("two lines").env("TASKS_LOG_FORMAT", "pretty").env("RUST_LOG", "debug"));
    assert!(lines[0].ends_with("first  answer=42") && lines[1].ends_with("second"), "{lines:?}");
}

#[test]
fn what_the_environment_got_wrong_is_said() {
    let lines = stderr(command("two lines").env("RUST_LOG", "tasks[x]=loud"));
    assert!(lines[0].contains("RUST_LOG cannot be read"), "{lines:?}");
    assert_eq!(lines.len(), 2);
}

#[test]
fn a_pipe_that_nobody_reads_holds_nobody_and_costs_only_lines() {
    let mut child = command("full pipe").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // It ends although nothing was read; a closed pipe is not what it sees.
    let status = child.wait().unwrap();
    assert!(status.success(), "{status}");
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.count() < 1000);
}
