use tasks_runtime::task;

#[task(restart("on-failure", delay = "1s"))]
async fn serve() {}

fn main() {}
