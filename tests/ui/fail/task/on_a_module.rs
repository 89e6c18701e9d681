use tasks_runtime::task;

#[task]
mod tidy {}

fn main() {}
