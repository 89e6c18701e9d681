use tasks_runtime::scheduled;

#[scheduled(timeout = "30s")]
async fn tidy() {}

fn main() {}
