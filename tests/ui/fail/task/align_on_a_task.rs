use tasks_runtime::task;

#[task(align = true)]
async fn tidy() {}

fn main() {}
