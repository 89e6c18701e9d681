use tasks_runtime::scheduled;

#[scheduled(at = "2030-02-30T09:00:00Z")]
async fn tidy() {}

fn main() {}
