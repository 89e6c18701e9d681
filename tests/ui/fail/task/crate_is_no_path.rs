use tasks_runtime::task;

#[task(crate = 5)]
async fn tidy() {}

fn main() {}
