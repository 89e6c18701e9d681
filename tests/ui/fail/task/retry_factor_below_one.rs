use tasks_runtime::task;

#[task(retry(max = 3, factor = 0.5))]
async fn tidy() {}

fn main() {}
