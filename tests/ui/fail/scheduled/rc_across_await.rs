use std::rc::Rc;

use tasks_runtime::{Context, scheduled};

async fn pause() {}

#[scheduled(every = "5m")]
async fn tidy(_cx: Context) -> Result<(), String> {
    let shared = Rc::new(1);
    pause().await;
    drop(shared);
    Ok(())
}

fn main() {}
