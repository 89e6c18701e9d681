use tasks_runtime::task;

#[task]
async fn tidy(_of: impl Clone) {}

fn main() {}
