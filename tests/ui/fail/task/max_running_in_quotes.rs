use tasks_runtime::task;

#[task(max_running = "3")]
async fn tidy() {}

fn main() {}
