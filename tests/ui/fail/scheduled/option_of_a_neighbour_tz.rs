use tasks_runtime::scheduled;

#[scheduled(cron = "0 3 * * *", tz = "Europe/Madrid")]
async fn tidy() {}

fn main() {}
