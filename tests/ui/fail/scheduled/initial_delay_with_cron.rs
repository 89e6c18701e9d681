use tasks_runtime::scheduled;

#[scheduled(cron = "0 3 * * *", initial_delay = "1m")]
async fn tidy() {}

fn main() {}
