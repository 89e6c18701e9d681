use tasks_runtime::scheduled;

#[scheduled(every = "5m", timezone = "Europe/Madrid")]
async fn tidy() {}

fn main() {}
