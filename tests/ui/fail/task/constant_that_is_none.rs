use std::time::Duration;

use tasks_runtime::task;

fn limit() -> Duration {
    Duration::from_secs(3)
}

#[task(timeout = limit())]
async fn tidy() {}

#[task(timeout = MISSING)]
async fn sweep() {}

fn main() {}
