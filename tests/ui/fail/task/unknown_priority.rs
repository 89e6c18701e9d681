use tasks_runtime::task;

#[task(priority = "hgih")]
async fn tidy() {}

fn main() {}
