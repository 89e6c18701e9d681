use tasks_runtime::scheduled;

#[scheduled(every = "15m", align = true, initial_delay = "1m")]
async fn tidy() {}

fn main() {}
