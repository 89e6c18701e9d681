use tasks_runtime::scheduled;

#[scheduled(every = "5m", misfire = "all")]
async fn tidy() {}

fn main() {}
