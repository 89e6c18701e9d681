use tasks_runtime::task;

#[task(timout = "30s")]
async fn tidy() {}

fn main() {}
