use tasks_runtime::task;

#[task(priority = high)]
async fn tidy() {}

fn main() {}
