use tasks_runtime::task;

#[task(overlap = queue(2))]
async fn tidy() {}

fn main() {}
