use tasks_runtime::task;

#[task(name = "tidy up")]
async fn tidy() {}

fn main() {}
