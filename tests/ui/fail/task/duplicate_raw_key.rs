use tasks_runtime::task;

#[task(timeout = "30s", r#timeout = "40s")]
async fn tidy() {}

fn main() {}
