use tasks_runtime::scheduled;

#[scheduled(every = "5")]
#[scheduled(cron = "0 25 * * *", name = "at-night")]
#[scheduled(name = "never")]
async fn tidy() {}

fn main() {}
