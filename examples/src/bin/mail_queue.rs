//! Mails on demand: a task that is started with a value.
//!
//! Two mails are sent at a time and three more may wait. The sixth is given back
//! to whoever wanted to send it, and is tried again after two seconds. By hand:
//!
//! ```text
//! cargo run -p examples --bin mail_queue
//! cargo run -p examples --bin mail_queue -- --run-task send_mail --task-input '{"to": "Ann", "text": "Hi"}'
//! ```
#![forbid(unsafe_code)]

use std::{process::ExitCode, time::Duration};

use serde::{Deserialize, Serialize};
use tasks_runtime::{Context, Handle, Input, scheduled, task};

#[derive(Serialize, Deserialize)]
struct Mail {
    to: String,
    text: String,
}

/// Hands one mail to the server, and again if it is busy.
#[task(
    overlap = "allow(5)",
    max_running = 2,
    retry(max = 2, delay = "300ms", jitter = "off"),
    timeout = "10s"
)]
async fn send_mail(cx: Context, Input(mail): Input<Mail>) -> anyhow::Result<usize> {
    tokio::time::sleep(Duration::from_millis(500)).await;
    // Each attempt has the mail: the first one the value itself, the second a copy.
    anyhow::ensure!(mail.to != "Bob" || cx.attempt() > 1, "Bob's mailbox is busy");
    Ok(mail.text.len())
}

/// Writes to every reader.
#[scheduled(every = "1h", on_start = true)]
async fn send_newsletter(handle: Handle) -> anyhow::Result<()> {
    let mut runs = Vec::new();
    for reader in ["Ann", "Bob", "Cid", "Dan", "Eve", "Fay"] {
        let mail = Mail { to: reader.to_owned(), text: format!("Dear {reader}, nothing is new.") };
        runs.push(match handle.spawn(send_mail, mail) {
            Ok(run) => run,
            Err(refused) if refused.is_overlap() => {
                let mail = refused.into_input();
                tracing::warn!("the queue is full, so {} gets the mail later", mail.to);
                handle.spawn_after(Duration::from_secs(2), send_mail, mail)?
            }
            Err(refused) => anyhow::bail!("{refused}"),
        });
    }
    let mut bytes = 0;
    for run in runs {
        bytes += run.await?;
    }
    tracing::info!("the newsletter is out: {bytes} bytes");
    Ok(())
}

fn main() -> ExitCode {
    tasks_runtime::main()
}
