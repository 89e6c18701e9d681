use tasks_runtime::task;

#[task(timeout("30s"))]
async fn tidy() {}

fn main() {}
