use tasks_runtime::task;

#[task(restart = "always", max_running = 2)]
async fn serve() {}

fn main() {}
