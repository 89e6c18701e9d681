use tasks_runtime::scheduled;

#[scheduled(cron = "0 3 * * *", timezone = "system")]
async fn tidy() {}

fn main() {}
