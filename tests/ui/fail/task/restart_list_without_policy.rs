use tasks_runtime::task;

#[task(restart(delay = "1s", max = 3))]
async fn serve() {}

fn main() {}
