use tasks_runtime::task;

#[task(overlap = "skip", max_running = 3)]
async fn tidy() {}

fn main() {}
