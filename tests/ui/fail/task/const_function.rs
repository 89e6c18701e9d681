use tasks_runtime::task;

#[task]
const fn tidy() {}

fn main() {}
