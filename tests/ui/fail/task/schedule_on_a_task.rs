use tasks_runtime::task;

#[task(every = "5m")]
async fn tidy() {}

fn main() {}
