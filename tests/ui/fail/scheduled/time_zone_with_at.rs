use tasks_runtime::scheduled;

#[scheduled(at = "2030-01-31T09:00:00Z", timezone = "Europe/Madrid")]
async fn tidy() {}

fn main() {}
