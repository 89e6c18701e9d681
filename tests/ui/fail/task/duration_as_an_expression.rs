use std::time::Duration;

use tasks_runtime::task;

#[task(timeout = Duration::from_secs(30))]
async fn tidy() {}

fn main() {}
