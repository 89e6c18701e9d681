use tasks_runtime::scheduled;

#[scheduled(every = "5m", jitter = 10)]
async fn tidy() {}

fn main() {}
