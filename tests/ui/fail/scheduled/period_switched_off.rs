use tasks_runtime::scheduled;

#[scheduled(every = "off")]
async fn tidy() {}

fn main() {}
