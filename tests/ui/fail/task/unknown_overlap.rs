use tasks_runtime::task;

#[task(overlap = "queue")]
async fn tidy() {}

fn main() {}
