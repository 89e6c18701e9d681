use tasks_runtime::task;

#[task(restart(policy = "always", max = 0))]
async fn serve() {}

fn main() {}
