use tasks_runtime::{scheduled, task};

const SECONDS: u64 = 30;

#[task(timeout = SECONDS)]
async fn tidy() {}

#[scheduled(cron = SECONDS)]
async fn sweep() {}

#[task(enabled = "yes".len())]
async fn mow() {}

fn main() {}
