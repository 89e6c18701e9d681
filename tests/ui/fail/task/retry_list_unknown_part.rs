use tasks_runtime::task;

#[task(retry(max = 3, backoff = "1s"))]
async fn tidy() {}

fn main() {}
