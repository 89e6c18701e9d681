use tasks_runtime::scheduled;

#[scheduled(every = "5m", spread = 30)]
async fn tidy() {}

#[scheduled(every = "5m", spread = false)]
async fn sweep() {}

fn main() {}
