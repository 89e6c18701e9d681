use tasks_runtime::task;

#[task(stop_within = "0s")]
async fn serve() {}

fn main() {}
