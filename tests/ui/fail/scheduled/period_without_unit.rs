use tasks_runtime::scheduled;

#[scheduled(every = "5")]
async fn tidy() {}

fn main() {}
