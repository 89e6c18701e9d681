use tasks_runtime::task;

#[task(restart(policy = "always", delay = "1m", max_delay = "30s"))]
async fn serve() {}

fn main() {}
