use tasks_runtime::task;

#[task(after = ["migrate", "Migrate"])]
async fn tidy() {}

fn main() {}
