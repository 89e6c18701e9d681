use tasks_runtime::scheduled;

#[scheduled(evry = "5m")]
async fn tidy() {}

fn main() {}
