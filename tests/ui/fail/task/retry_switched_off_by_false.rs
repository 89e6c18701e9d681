use tasks_runtime::task;

#[task(retry = false)]
async fn tidy() {}

fn main() {}
