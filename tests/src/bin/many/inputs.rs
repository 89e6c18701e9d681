//! Bodies that are started with a value, and one whose work is in pieces.

use serde::{Deserialize, Deserializer, Serialize};
use tasks_runtime::{Context, Input, task};
use tests::mark_with;

#[derive(Serialize, Deserialize)]
struct Mail {
    to: Vec<Address>,
    copies: u8,
}

#[derive(Serialize, Deserialize)]
struct Address {
    name: String,
}

#[task(retry(max = 1, delay = "10ms"))]
async fn takes_mail(cx: Context, Input(mail): Input<Mail>) -> anyhow::Result<()> {
    let names: Vec<_> = mail.to.iter().map(|to| &*to.name).collect();
    mark_with("takes_mail", serde_json::json!({ "to": names, "copies": mail.copies }));
    anyhow::ensure!(cx.attempt() == 2, "not yet");
    Ok(())
}

#[task]
async fn takes_a_number(Input(number): Input<i64>) {
    mark_with("takes_a_number", serde_json::json!({ "number": number }));
}

#[derive(Serialize)]
struct Unreadable;

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        panic!("reading is broken")
    }
}

#[task]
async fn takes_what_nobody_reads(_input: Input<Unreadable>) {}

#[task(retry(max = 1, delay = "10ms"))]
async fn logs_in_pieces(cx: Context) -> anyhow::Result<()> {
    let child = cx.spawn(async { tracing::info!("from a child") });
    cx.blocking(|| tracing::info!("from a closure")).await;
    child.await?;
    anyhow::ensure!(cx.attempt() == 2, "once more");
    Ok(())
}
