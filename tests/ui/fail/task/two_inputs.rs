use tasks_runtime::{Input, task};

#[task]
async fn send_mail(Input(_to): Input<String>, Input(_copies): Input<u8>) {}

fn main() {}
