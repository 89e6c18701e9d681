use tasks_runtime::{Handle, Input, task};

#[task]
async fn send_mail(Input(to): Input<String>) {
    println!("{to}");
}

#[task]
async fn greet(handle: Handle) -> anyhow::Result<()> {
    handle.spawn(send_mail, ())?.await?;
    Ok(())
}

fn main() {}
