use tasks_runtime::task;

#[task]
async fn tidy(_count: u32, _name: String) {}

fn main() {}
