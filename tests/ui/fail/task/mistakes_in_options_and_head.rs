use tasks_runtime::task;

#[task(timeout = 30)]
unsafe fn tidy() {}

fn main() {}
