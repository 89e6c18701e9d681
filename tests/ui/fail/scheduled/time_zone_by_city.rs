use tasks_runtime::scheduled;

#[scheduled(cron = "0 3 * * *", timezone = "Madrid")]
async fn tidy() {}

fn main() {}
