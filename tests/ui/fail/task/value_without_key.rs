use tasks_runtime::task;

#[task("tidy")]
async fn tidy() {}

fn main() {}
