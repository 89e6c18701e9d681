use tasks_runtime::task;

#[task(retry(max = 3, delay = "1m", max_delay = "1s"))]
async fn tidy() {}

fn main() {}
