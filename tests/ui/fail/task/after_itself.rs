use tasks_runtime::task;

#[task(after = "tidy")]
async fn tidy() {}

fn main() {}
