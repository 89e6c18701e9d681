use tasks_runtime::task;

#[task(enabled = 1)]
async fn tidy() {}

fn main() {}
