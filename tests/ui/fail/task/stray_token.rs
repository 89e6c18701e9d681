use tasks_runtime::task;

#[task(timeout = "30s"; essential = true)]
async fn tidy() {}

fn main() {}
