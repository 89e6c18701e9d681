use std::time::Duration;

use tasks_runtime::{scheduled, task};

const NEVER: Duration = Duration::ZERO;
const WORKERS: usize = 0;

#[scheduled(every = NEVER)]
async fn tidy() {}

#[scheduled(every = Duration::from_secs(60) , timeout = Duration::from_nanos(3))]
async fn sweep() {}

#[task(max_running = WORKERS)]
async fn mow() {}

fn main() {}
