//! Tasks that are meant to run until shutdown, and what becomes of them when
//! they do not.
//!
//! ```text
//! cargo run -p examples --bin services
//! ```
//!
//! | task | what it does | when it fails |
//! |---|---|---|
//! | `serve_echo` | gives back each line that a client sends | is started again; it is essential, so more than 5 restarts within 30 s end the program with 1 |
//! | `follow_feed` | reads a feed whose connection breaks every 3 s | is started again after a second, or after the 5 that the feed asks for |
//! | `report` | says how much was served, once `serve_echo` is ready | is a schedule, and goes on |
//!
//! Start it twice: the second program finds its port taken, tries again five
//! times and ends with 1. Stop the first one meanwhile, and the second takes over.
#![forbid(unsafe_code)]

use std::{
    env, io,
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tasks_runtime::{Context, RetryAfter, scheduled, task};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};

static LINES: AtomicU64 = AtomicU64::new(0);

/// Gives back each line that a client sends, until shutdown.
#[task(restart = "on-failure", essential = true)]
async fn serve_echo(cx: Context) -> io::Result<()> {
    let address = env::var("ECHO_ADDR").unwrap_or_else(|_| "127.0.0.1:7007".to_owned());
    let listener = TcpListener::bind(&address).await?;
    tracing::info!("try it: echo hello | nc {}", address.replace(':', " "));
    cx.ready();
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            // Dropping the set ends the clients that are left.
            () = cx.cancelled() => return Ok(()),
            client = listener.accept() => {
                clients.spawn(echo(client?.0));
            }
            // A client that goes away is no failure of the server.
            Some(_) = clients.join_next() => {}
        }
    }
}

async fn echo(client: TcpStream) -> io::Result<()> {
    let (reading, mut writing) = client.into_split();
    let mut lines = BufReader::new(reading).lines();
    while let Some(line) = lines.next_line().await? {
        LINES.fetch_add(1, Ordering::Relaxed);
        writing.write_all(format!("{line}\n").as_bytes()).await?;
    }
    Ok(())
}

/// Follows a feed. Its connection breaks now and then, and at times it asks to be left alone.
#[task(restart(policy = "on-failure", delay = "1s", factor = 1, jitter = "off", max = 20, within = "1m"))]
async fn follow_feed() -> anyhow::Result<()> {
    static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
    let number = CONNECTIONS.fetch_add(1, Ordering::Relaxed) + 1;
    tracing::info!("connection {number} to the feed");
    sleep(Duration::from_secs(3)).await;
    match number % 3 {
        0 => Err(RetryAfter::new(Duration::from_secs(5), "the feed is busy").into()),
        _ => anyhow::bail!("connection reset by peer"),
    }
}

/// Says how much was served.
#[scheduled(every = "10s", after = "serve_echo")]
async fn report() {
    tracing::info!("{} lines so far", LINES.load(Ordering::Relaxed));
}

fn main() -> ExitCode {
    tasks_runtime::main()
}
