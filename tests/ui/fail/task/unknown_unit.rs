use tasks_runtime::task;

#[task(timeout = "30x")]
async fn tidy() {}

fn main() {}
