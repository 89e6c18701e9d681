use tasks_runtime::task;

#[task(after = "migrate, warm_up")]
async fn tidy() {}

fn main() {}
