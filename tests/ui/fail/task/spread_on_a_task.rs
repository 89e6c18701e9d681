use tasks_runtime::task;

#[task(spread = "10s")]
async fn tidy() {}

fn main() {}
