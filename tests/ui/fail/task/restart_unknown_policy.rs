use tasks_runtime::task;

#[task(restart = "on_failure")]
async fn serve() {}

fn main() {}
