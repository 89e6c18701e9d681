use tasks_runtime::task;

#[task(restart_policy = "always")]
async fn serve() {}

fn main() {}
