//! An HTTP API that collects ideas and their scores, over SQLite in a file.
//!
//! The whole program is five tasks, in `tasks.rs`: a schema migration, the
//! HTTP server itself, and three schedules beside it. Everything else is plain
//! axum and plain SQL that knows nothing of tasks.
//!
//! ```text
//! cargo run -p ideas-server
//! cargo run -p ideas-server -- --list-tasks
//! ```
#![forbid(unsafe_code)]

mod config;
mod health;
mod http;
mod store;
mod tasks;

use std::process::ExitCode;

use crate::{config::Config, health::Health, store::Db};

fn main() -> ExitCode {
    tasks_runtime::builder()
        .version(env!("CARGO_PKG_VERSION"))
        .setup(async |tasks| {
            let config = Config::from_env()?;
            let db = Db::open(&config.database).await?;
            Ok(tasks.state(config).state(db).state(Health::default()))
        })
        .main()
}
