use tasks_runtime::{scheduled, task};

#[task]
#[scheduled(every = "5m")]
async fn tidy() {}

fn main() {}
