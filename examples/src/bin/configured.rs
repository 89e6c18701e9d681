//! Tasks whose schedules and switches come from the application's own settings.
//!
//! It has the settings that it has always had, in variables of its own; they
//! are handed on in `configure`. Operators may set the rest, above them, in a
//! file or by variables that begin with `TASKS_`:
//!
//! ```sh
//! SEND_PURGE_SCHEDULE="*/2 * * * * *" cargo run -p examples --bin configured -- \
//!     --tasks-config examples/configured.toml
//! ```

use std::{env, process::ExitCode, time::Duration};

use tasks_runtime::scheduled;

/// Deletes what was sent and is past its date.
#[scheduled(cron = "5 * * * *")]
async fn purge_sends() {
    tracing::info!("nothing to purge");
}

/// Reminds people of invitations that they did not answer.
#[scheduled(cron = "@daily", timezone = "Europe/Madrid", retry = 2)]
async fn send_reminders() -> Result<(), String> {
    Err("no mail server".to_owned())
}

/// Counts those who are logged in.
#[scheduled(every = "30s")]
async fn count_sessions() {
    tracing::info!("nobody is here");
}

/// What the application's own configuration says.
struct Settings {
    /// A cron expression with seconds; empty: never.
    send_purge_schedule: Option<String>,
    smtp_host: Option<String>,
    job_timeout: Duration,
}

impl Settings {
    fn read() -> anyhow::Result<Self> {
        let seconds = env::var("JOB_TIMEOUT_SECONDS").unwrap_or_else(|_| "20".to_owned());
        Ok(Self {
            send_purge_schedule: env::var("SEND_PURGE_SCHEDULE").ok(),
            smtp_host: env::var("SMTP_HOST").ok(),
            job_timeout: Duration::from_secs(seconds.parse()?),
        })
    }
}

fn main() -> ExitCode {
    tasks_runtime::builder()
        .version(env!("CARGO_PKG_VERSION"))
        .configure(|tasks| {
            let settings = Settings::read()?;
            tasks.task("purge_sends").cron(settings.send_purge_schedule);
            tasks.task("send_reminders").enabled(settings.smtp_host.is_some(), "SMTP_HOST is not set");
            tasks.default().timeout(settings.job_timeout);
            Ok(())
        })
        .main()
}
