use tasks_runtime::scheduled;

#[scheduled(cron = "5m")]
async fn tidy() {}

fn main() {}
