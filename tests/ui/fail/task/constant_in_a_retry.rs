use tasks_runtime::task;

const RETRIES: i32 = -1;
const WAIT: &str = "off";
const FAST: &str = "1us";

#[task(retry = RETRIES)]
async fn tidy() -> Result<(), String> {
    Ok(())
}

#[task(retry(max = 3, delay = WAIT, factor = 0.5 * 1.5), timeout = WAIT, deadline = FAST)]
async fn sweep() -> Result<(), String> {
    Ok(())
}

fn main() {}
