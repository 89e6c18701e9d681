//! The tasks as a guest in an application that has a `main`, a Tokio runtime, a
//! command line, a log and work of its own after the tasks are over.
//!
//! ```text
//! cargo run -p examples --bin embedded -- --greeting Hello
//! cargo run -p examples --bin embedded -- --list-tasks
//! ```
#![forbid(unsafe_code)]

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use clap::Parser;
use tasks_runtime::{State, cli::TaskArgs, scheduled};

/// Greets until it is stopped, then writes its memoirs.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// What to say
    #[arg(long, default_value = "Good morning")]
    greeting: Arc<str>,
    #[command(flatten)]
    tasks: TaskArgs,
}

#[derive(Clone)]
struct Greeter {
    greeting: Arc<str>,
    greeted: Arc<AtomicU64>,
}

/// Greets whoever reads the log.
#[scheduled(every = "1s", on_start = true)]
async fn greet(State(greeter): State<Greeter>) {
    greeter.greeted.fetch_add(1, Ordering::Relaxed);
    tracing::info!("{}", greeter.greeting);
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { greeting, tasks } = Cli::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let only_lists = tasks.is_command();
    let greeter = Greeter { greeting, greeted: Arc::default() };
    let greeted = Arc::clone(&greeter.greeted);

    let report = match tasks_runtime::builder().args(tasks).state(greeter).run_until_signal().await {
        Ok(report) => report,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::from(error.exit_code());
        }
    };
    if !only_lists {
        // The tasks are over. What follows may take longer than their budget:
        // nothing ends the process any more, except another signal.
        report.disarm();
        write_memoirs(greeted.load(Ordering::Relaxed)).await;
    }
    report.into()
}

async fn write_memoirs(greetings: u64) {
    tracing::info!(greetings, "writing the memoirs");
    tokio::time::sleep(Duration::from_secs(6)).await;
    tracing::info!("written");
}
