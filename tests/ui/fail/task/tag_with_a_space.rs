use tasks_runtime::task;

#[task(tags = ["mail", "every night"])]
async fn tidy() {}

fn main() {}
