use tasks_runtime::{registration, task};

#[task]
async fn tidy() {}

fn main() {
    let _ = registration!(tidy());
}
