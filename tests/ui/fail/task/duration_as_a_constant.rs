use tasks_runtime::task;

const LIMIT: &str = "30s";

#[task(timeout = LIMIT)]
async fn tidy() {}

fn main() {}
