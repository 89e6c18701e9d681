use tasks_runtime::scheduled;

#[scheduled(every = "5m", max_running = 2)]
async fn tidy() {}

fn main() {}
