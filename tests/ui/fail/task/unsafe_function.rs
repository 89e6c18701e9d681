use tasks_runtime::task;

#[task]
unsafe fn tidy() {}

fn main() {}
