use tasks_runtime::{Handle, Input, task};

#[derive(serde::Serialize, serde::Deserialize)]
struct Mail {
    to: String,
}

#[task]
async fn send_mail(Input(mail): Input<Mail>) {
    println!("{}", mail.to);
}

#[task]
async fn greet(handle: Handle) -> anyhow::Result<()> {
    handle.spawn(send_mail, "ann@example.org")?.await?;
    Ok(())
}

fn main() {}
