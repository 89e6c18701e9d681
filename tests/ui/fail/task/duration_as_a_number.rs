use tasks_runtime::task;

#[task(timeout = 30)]
async fn tidy() {}

fn main() {}
