use tasks_runtime::task;

#[task(max_running = 0)]
async fn tidy() {}

fn main() {}
