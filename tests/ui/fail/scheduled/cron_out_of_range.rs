use tasks_runtime::scheduled;

#[scheduled(cron = "61 * * * *")]
async fn tidy() {}

fn main() {}
