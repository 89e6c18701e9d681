use tasks_runtime::task;

#[task]
async fn tidy() -> ! {
    loop {}
}

fn main() {}
