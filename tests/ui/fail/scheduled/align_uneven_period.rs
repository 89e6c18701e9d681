use tasks_runtime::scheduled;

#[scheduled(every = "7m", align = true)]
async fn tidy() {}

fn main() {}
