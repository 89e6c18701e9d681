use tasks_runtime::task;

#[task(restart = false)]
async fn serve() {}

fn main() {}
