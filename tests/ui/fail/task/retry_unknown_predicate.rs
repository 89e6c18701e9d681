use tasks_runtime::task;

#[task(retry(max = 3, on = transient))]
async fn tidy() -> Result<(), String> {
    Ok(())
}

fn main() {}
