//! Tasks of every kind, chosen by `--only-tasks`, in a program of the kind
//! that the variable `FIXTURE` names.

mod embedded;
mod generated;
mod inputs;
mod limits;
mod panics;
mod resources;
mod retries;
mod schedules;
mod services;
mod shutdown;
mod stuck;

use std::{env, io, process::ExitCode, thread, time::Duration};

use tasks_runtime::Builder;
use tests::mark;

/// A value whose end is marked.
struct Marked(&'static str);

impl Drop for Marked {
    fn drop(&mut self) {
        mark(self.0);
    }
}

fn blocks_for_ever() {
    thread::sleep(Duration::from_secs(600));
}

/// What all these programs have in common.
fn program() -> Builder {
    let program = tasks_runtime::builder().version("1.2.3").pool("one", 1);
    match env::var("FIXTURE_BUDGET_MS").ok().and_then(|ms| ms.parse().ok()) {
        Some(ms) => program.shutdown_budget(Duration::from_millis(ms)),
        None => program,
    }
}

fn main() -> ExitCode {
    match env::var("FIXTURE").unwrap_or_default().as_str() {
        "" => program().main(),
        "exit when idle" => program().exit_when_idle().main(),
        "machine's zone" => program().timezone("local").main(),
        "set-up" => program()
            .setup(async |tasks| {
                mark("set up");
                Ok(tasks)
            })
            .main(),
        "set-up fails" => program().setup(async |_| Err(io::Error::other("no database").into())).main(),
        "set-up panics" => program()
            .setup(async |tasks| {
                assert!(env::var("FIXTURE").is_err(), "set-up is broken");
                Ok(tasks)
            })
            .main(),
        "set-up takes long" => program()
            .setup(async |tasks| {
                let _marked = Marked("set-up was dropped");
                mark("set-up began");
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok(tasks)
            })
            .main(),
        "set-up blocks" => program()
            .setup(async |tasks| {
                mark("set-up began");
                blocks_for_ever();
                Ok(tasks)
            })
            .main(),
        "teardown" => program()
            .teardown(async |report| {
                tests::mark_with("teardown", serde_json::json!({ "code": report.exit_code() }));
            })
            .main(),
        "teardown takes long" => program()
            .teardown(async |_| {
                let _marked = Marked("teardown was dropped");
                mark("teardown began");
                tokio::time::sleep(Duration::from_secs(60)).await;
            })
            .main(),
        "teardown blocks" => program()
            .teardown(async |_| {
                mark("teardown began");
                blocks_for_ever();
            })
            .main(),
        "blocking exit handler" => {
            stuck::block_at_exit();
            program().main()
        }
        "full stderr" => {
            stuck::fill_stderr();
            program().main()
        }
        "ten thousand" => generated::ten_thousand(),
        "hundred hourly" => generated::hundred_hourly(),
        other => embedded::play(other),
    }
}
