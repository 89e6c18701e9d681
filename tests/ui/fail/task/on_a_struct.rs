use tasks_runtime::task;

#[task]
struct Tidy;

fn main() {}
