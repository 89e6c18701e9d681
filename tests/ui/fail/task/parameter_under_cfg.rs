use tasks_runtime::{Context, task};

#[task]
async fn tidy(#[cfg(unix)] _cx: Context) {}

fn main() {}
