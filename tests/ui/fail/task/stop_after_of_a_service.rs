use tasks_runtime::task;

#[task(restart = "on-failure", stop_after = "1h")]
async fn serve() {}

fn main() {}
