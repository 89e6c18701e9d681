//! Configured by its own code, by a file, by the environment and by flags.

use std::time::Duration;

use tasks_runtime::{Context, scheduled, task};
use tests::{mark, mark_with};

/// Deletes sessions that expired.
#[scheduled(every = "1h", timeout = "30s", tags = "tidy")]
async fn prune_sessions() {
    mark("pruned");
}

#[scheduled(cron = "30 2 * * *", timezone = "Europe/Madrid")]
async fn nightly_report() {}

#[task(start = "manual", retry(max = 3, delay = "1s"), pool = "mail")]
async fn send_mail() -> Result<(), String> {
    mark("tried");
    Err("nobody is there".to_owned())
}

/// Lives until shutdown.
#[task]
async fn wait(cx: Context) {
    cx.cancelled().await;
}

fn main() -> std::process::ExitCode {
    let mode = std::env::var("FIXTURE").unwrap_or_default();
    if mode == "start" {
        return start();
    }
    let builder = tasks_runtime::builder();
    let builder = if mode == "alone" { builder.without_configuration() } else { builder };
    builder
        .pool("mail", 4)
        .configure(move |tasks| {
            match mode.as_str() {
                "off" => {
                    tasks.task("prune_sessions").every("");
                }
                "fast" => {
                    tasks.task("prune-sessions").every(Duration::from_millis(50));
                }
                "error" => return Err("the vault is locked".into()),
                "panic" => panic!("no configuration at all"),
                "wrong" => {
                    tasks.task("prune_session").timeout("1m");
                    tasks.task("wait").set("timout", "1m");
                }
                _ => {}
            }
            Ok(())
        })
        .setup(async |tasks| {
            mark("set up");
            Ok(tasks)
        })
        .main()
}

/// As a library inside of an application that has a runtime and a log of its own.
#[tokio::main]
async fn start() -> std::process::ExitCode {
    match tasks_runtime::builder().pool("mail", 1).start().await {
        Ok(handle) => handle.shutdown(None).await.into(),
        Err(error) => {
            mark_with("refused", serde_json::json!({ "error": error.to_string() }));
            error.into()
        }
    }
}
