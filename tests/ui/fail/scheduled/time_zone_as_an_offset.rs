use tasks_runtime::scheduled;

#[scheduled(cron = "0 3 * * *", timezone = "+02:00")]
async fn tidy() {}

fn main() {}
