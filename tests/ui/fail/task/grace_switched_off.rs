use tasks_runtime::task;

#[task(grace = "off")]
async fn tidy() {}

fn main() {}
