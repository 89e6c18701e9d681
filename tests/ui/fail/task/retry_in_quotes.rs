use tasks_runtime::task;

#[task(retry = "3")]
async fn tidy() {}

fn main() {}
