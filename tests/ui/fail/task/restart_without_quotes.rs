use tasks_runtime::task;

#[task(restart = always)]
async fn serve() {}

fn main() {}
