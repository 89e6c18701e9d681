use tasks_runtime::task;

#[task(pool = "slow mail")]
async fn tidy() {}

fn main() {}
