//! Tasks that an application gets by depending on this crate.

mod hidden {
    use tasks_runtime::{scheduled, task};

    /// Sends what waits.
    #[task(start = "manual")]
    async fn send_mail() {}

    /// Reads what came in.
    #[scheduled(cron = "*/5 * * * *")]
    async fn fetch_mail() {}

    /// Throws away what is old.
    #[scheduled(every = "1h")]
    async fn clean_up() {}
}
