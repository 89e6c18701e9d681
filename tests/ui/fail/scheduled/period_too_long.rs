use tasks_runtime::scheduled;

#[scheduled(every = "600w")]
async fn tidy() {}

fn main() {}
