use tasks_runtime::scheduled;

#[scheduled(cron = "0 3 * *")]
async fn tidy() {}

fn main() {}
