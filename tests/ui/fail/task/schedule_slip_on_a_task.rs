use tasks_runtime::task;

#[task(interval = "5m")]
async fn tidy() {}

fn main() {}
