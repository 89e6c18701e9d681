use tasks_runtime::task;

#[task(essential)]
async fn tidy() {}

fn main() {}
