use tasks_runtime::scheduled;

#[scheduled]
async fn tidy() {}

fn main() {}
