use tasks_runtime::task;

#[task(retries = 3)]
async fn tidy() {}

fn main() {}
