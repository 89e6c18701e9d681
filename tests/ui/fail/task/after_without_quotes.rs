use tasks_runtime::task;

#[task(after = migrate)]
async fn tidy() {}

fn main() {}
