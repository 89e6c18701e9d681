use tasks_runtime::task;

#[task]
async fn tidy() -> u32 {
    3
}

fn main() {}
