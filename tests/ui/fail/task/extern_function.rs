use tasks_runtime::task;

#[task]
extern "C" fn tidy() {}

fn main() {}
