use tasks_runtime::{Input, scheduled};

#[scheduled(every = "5m")]
async fn send_mail(Input(_to): Input<String>) {}

fn main() {}
