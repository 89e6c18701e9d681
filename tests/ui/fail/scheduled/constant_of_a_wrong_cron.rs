use tasks_runtime::scheduled;

const OFTEN: &str = "*/5 * * * MON-FRY";

#[scheduled(cron = OFTEN)]
async fn tidy() {}

#[scheduled(cron = concat!("0 0 0 31 2,4,6,9,11 * ", "1970-2199"))]
async fn sweep() {}

#[scheduled(cron = "0 3 * *".trim_ascii())]
async fn mow() {}

fn main() {}
