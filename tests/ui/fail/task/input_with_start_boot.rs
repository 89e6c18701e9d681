use tasks_runtime::{Input, task};

#[task(start = "boot")]
async fn send_mail(Input(_to): Input<String>) {}

fn main() {}
