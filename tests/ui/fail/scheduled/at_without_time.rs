use tasks_runtime::scheduled;

#[scheduled(at = "2030-01-31")]
async fn tidy() {}

fn main() {}
