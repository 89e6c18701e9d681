use tasks_runtime::task;

#[task(timeout = "1m", stop_after = "5m")]
async fn tidy() {}

fn main() {}
