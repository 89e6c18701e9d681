use tasks_runtime::scheduled;

#[scheduled(interval = "5m")]
async fn tidy() {}

fn main() {}
