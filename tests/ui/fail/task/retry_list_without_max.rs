use tasks_runtime::task;

#[task(retry(delay = "1s"))]
async fn tidy() -> Result<(), String> {
    Ok(())
}

fn main() {}
