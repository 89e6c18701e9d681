use tasks_runtime::scheduled;

#[scheduled(cron = "0 0 ? * MON")]
async fn tidy() {}

fn main() {}
