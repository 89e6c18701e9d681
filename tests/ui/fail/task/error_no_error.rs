use tasks_runtime::task;

struct Broken;

#[task]
async fn tidy() -> Result<(), Broken> {
    Err(Broken)
}

fn main() {}
