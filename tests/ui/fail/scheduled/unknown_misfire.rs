use tasks_runtime::scheduled;

#[scheduled(every = "5m", misfire = "never")]
async fn tidy() {}

fn main() {}
