use tasks_runtime::task;

#[task(timout = "30s", priority = "hgih")]
async fn tidy() {}

fn main() {}
