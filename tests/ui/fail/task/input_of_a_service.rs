use tasks_runtime::{Input, task};

#[task(restart = "on-failure")]
async fn follow_feed(Input(_url): Input<String>) {}

fn main() {}
