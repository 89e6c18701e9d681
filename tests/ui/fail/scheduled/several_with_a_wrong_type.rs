use tasks_runtime::scheduled;

#[scheduled(every = "5m")]
#[scheduled(cron = "0 3 * * *", name = "at-night")]
#[scheduled(cron = "0 5 * * *", name = "at-dawn")]
async fn tidy(_count: u32) -> Result<(), String> {
    Ok(())
}

fn main() {}
