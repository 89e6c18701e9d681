use tasks_runtime::scheduled;

#[scheduled(cron = "0 3 * * *", timezone = "Europe/Madird")]
async fn tidy() {}

fn main() {}
