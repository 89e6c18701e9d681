use tasks_runtime::task;

#[task(overlap = "enqueue")]
async fn tidy() {}

fn main() {}
