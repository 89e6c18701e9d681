use tasks_runtime::scheduled;

#[scheduled(every = "5", tz = "UTC", priority = "hgih")]
async fn tidy() {}

fn main() {}
