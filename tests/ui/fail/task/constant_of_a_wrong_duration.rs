use tasks_runtime::task;

const LIMIT: &str = "30x";

#[task(timeout = LIMIT)]
async fn tidy() {}

fn main() {}
