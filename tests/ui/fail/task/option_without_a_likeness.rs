use tasks_runtime::task;

#[task(colour = "red")]
async fn tidy() {}

fn main() {}
