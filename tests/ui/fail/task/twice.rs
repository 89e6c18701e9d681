use tasks_runtime::task;

#[task]
#[task]
async fn tidy() {}

fn main() {}
