use tasks_runtime::task;

#[task]
async fn __tidy() {}

fn main() {}
