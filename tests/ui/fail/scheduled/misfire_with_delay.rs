use tasks_runtime::scheduled;

#[scheduled(delay = "5m", misfire = "skip")]
async fn tidy() {}

fn main() {}
