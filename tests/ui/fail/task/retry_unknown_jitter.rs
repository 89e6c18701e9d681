use tasks_runtime::task;

#[task(retry(max = 3, jitter = "half"))]
async fn tidy() {}

fn main() {}
