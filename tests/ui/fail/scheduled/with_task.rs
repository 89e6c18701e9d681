use tasks_runtime::{scheduled, task};

#[scheduled(every = "5m")]
#[task(timeout = "30s")]
async fn tidy() {}

fn main() {}
