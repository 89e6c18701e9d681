use tasks_runtime::task;

#[task(overlap = "queue(0)")]
async fn tidy() {}

fn main() {}
