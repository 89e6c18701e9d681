use tasks_runtime::task;

#[task(timeout = false)]
async fn tidy() {}

fn main() {}
