use tasks_runtime::task;

#[task(restart(policy = "always", window = "1m"))]
async fn serve() {}

fn main() {}
