use tasks_runtime::task;

#[task(timeout = "30s", timeout = "40s")]
async fn tidy() {}

fn main() {}
