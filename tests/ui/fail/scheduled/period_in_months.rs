use tasks_runtime::scheduled;

#[scheduled(every = "1M")]
async fn tidy() {}

fn main() {}
