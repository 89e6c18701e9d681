use tasks_runtime::scheduled;

#[scheduled(at = "2030-01-31T09:00:00")]
async fn tidy() {}

fn main() {}
