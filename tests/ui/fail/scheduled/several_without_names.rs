use tasks_runtime::scheduled;

#[scheduled(every = "5m")]
#[scheduled(cron = "0 3 * * *")]
async fn tidy() {}

fn main() {}
