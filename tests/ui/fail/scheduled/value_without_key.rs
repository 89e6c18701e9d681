use tasks_runtime::scheduled;

#[scheduled("5m")]
async fn tidy() {}

fn main() {}
