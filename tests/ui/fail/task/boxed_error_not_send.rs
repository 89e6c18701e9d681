use tasks_runtime::task;

#[task]
async fn tidy() -> Result<(), Box<dyn std::error::Error>> {
    Ok(())
}

fn main() {}
