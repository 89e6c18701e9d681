use tasks_runtime::task;

#[task(restart(policy = "never", delay = "1s"))]
async fn serve() {}

fn main() {}
