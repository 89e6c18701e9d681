use tasks_runtime::scheduled;

#[scheduled(cron = "*/60 * * * *")]
async fn tidy() {}

fn main() {}
