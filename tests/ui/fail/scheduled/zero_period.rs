use tasks_runtime::scheduled;

#[scheduled(every = "0s")]
async fn tidy() {}

fn main() {}
