use tasks_runtime::{Context, task};

#[task]
async fn tidy(_cx: &Context) {}

fn main() {}
