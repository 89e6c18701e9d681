use tasks_runtime::scheduled;

#[scheduled(cron = "@hourly", align = true)]
async fn tidy() {}

fn main() {}
