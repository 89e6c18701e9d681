use tasks_runtime::task;

#[task(retry = -1)]
async fn tidy() {}

fn main() {}
