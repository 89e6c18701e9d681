use tasks_runtime::{registration, task};

#[task(timout = "30s")]
async fn tidy(_of: &str) {}

fn main() {
    let _ = registration!(tidy);
    let _ = tidy;
}
