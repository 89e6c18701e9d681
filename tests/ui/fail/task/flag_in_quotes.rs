use tasks_runtime::task;

#[task(essential = "true")]
async fn tidy() {}

fn main() {}
