//! A program whose tasks are in another crate.
//!
//! ```text
//! cargo run -p app
//! cargo run -p app -- --list-tasks
//! ```
//!
//! Rust does not link a dependency that no code names, and what is not linked
//! registers nothing. `use app_jobs as _;` names it. Without that line the program
//! still builds; it then ends with 78 and says what is missing.
#![forbid(unsafe_code)]

use app_jobs as _;
use tasks_runtime::scheduled;

tasks_runtime::require!(app_jobs);

/// Says that the program is alive.
///
/// Tasks of the program's own stand beside those of its crates.
#[scheduled(every = "10s")]
async fn heartbeat() {
    tracing::info!("alive");
}

fn main() -> std::process::ExitCode {
    tasks_runtime::main()
}
