use tasks_runtime::scheduled;

#[scheduled(every = "5m", start = "manual")]
async fn tidy() {}

fn main() {}
