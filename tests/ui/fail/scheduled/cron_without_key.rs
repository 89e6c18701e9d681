use tasks_runtime::scheduled;

#[scheduled("0 3 * * *")]
async fn tidy() {}

fn main() {}
