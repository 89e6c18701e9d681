use tasks_runtime::task;

#[task(overlap = "skip(2)")]
async fn tidy() {}

fn main() {}
