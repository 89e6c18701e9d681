use tasks_runtime::task;

#[task]
const TIDY: u8 = 1;

fn main() {}
