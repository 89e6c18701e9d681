use tasks_runtime::task;

#[task(timeout = off)]
async fn tidy() {}

fn main() {}
