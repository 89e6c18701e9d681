use tasks_runtime::task;

#[task]
async fn tidy<'a>(_of: &'a str) {}

fn main() {}
