use tasks_runtime::{Context, scheduled, task};

/// Keeps the connection to the mail server open.
#[task]
async fn keep_mail_connection(cx: Context) -> anyhow::Result<()> {
    tracing::info!("connected");
    cx.ready();
    cx.cancelled().await;
    tracing::info!("disconnected");
    Ok(())
}

/// Sends what waits in the outbox.
#[scheduled(every = "10s", on_start = true, after = "keep_mail_connection", timeout = "5s", retry = 2)]
async fn flush_outbox() -> anyhow::Result<()> {
    tracing::info!("nothing to send");
    Ok(())
}
