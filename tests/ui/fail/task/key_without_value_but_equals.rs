use tasks_runtime::task;

#[task(timeout =)]
async fn tidy() {}

fn main() {}
