use tasks_runtime::scheduled;

#[scheduled(every = "5m", name = "tidy-up")]
#[scheduled(cron = "0 3 * * *", name = "tidy_up")]
#[scheduled(cron = "0 4 * * *", name = "tidy up")]
async fn tidy() {}

fn main() {}
