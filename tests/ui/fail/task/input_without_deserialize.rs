use tasks_runtime::{Input, task};

#[derive(serde::Serialize)]
struct Mail {
    to: String,
}

#[task]
async fn send_mail(Input(mail): Input<Mail>) {
    println!("{}", mail.to);
}

fn main() {}
