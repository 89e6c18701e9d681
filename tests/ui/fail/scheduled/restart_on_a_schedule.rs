use tasks_runtime::scheduled;

#[scheduled(every = "5m", restart = "on-failure")]
async fn serve() {}

fn main() {}
