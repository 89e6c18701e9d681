use tasks_runtime::task;

#[task(misfire = "skip")]
async fn tidy() {}

fn main() {}
