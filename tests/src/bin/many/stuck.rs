//! Bodies that never give their thread back, and what makes that worse.

use std::{
    io::{self, Write},
    sync::Mutex,
    thread,
    time::Duration,
};

use tasks_runtime::{CancellationToken, Context, Handle, task};
use tests::mark;

use crate::blocks_for_ever;

#[task]
async fn stuck_a() {
    mark("stuck_a");
    blocks_for_ever();
}

#[task]
async fn stuck_b() {
    mark("stuck_b");
    blocks_for_ever();
}

/// One that would like to end, beside one that does not let it.
#[task]
async fn wants_to_end(cancel: CancellationToken) {
    mark("wants_to_end");
    cancel.cancelled().await;
}

#[task]
async fn spins() {
    mark("spins");
    loop {
        std::hint::spin_loop();
    }
}

#[task]
async fn locks_itself_out() {
    static LOCK: Mutex<()> = Mutex::new(());
    let _first = LOCK.lock();
    mark("locks_itself_out");
    let _second = LOCK.lock();
}

#[task]
fn stuck_on_the_blocking_pool() {
    mark("stuck_on_the_blocking_pool");
    blocks_for_ever();
}

#[task]
async fn child_blocks(cx: Context) {
    drop(cx.spawn(async {
        mark("child_blocks");
        blocks_for_ever();
    }));
}

#[task]
async fn piece_blocks(cx: Context) {
    drop(cx.spawn(cx.blocking(|| {
        mark("piece_blocks");
        blocks_for_ever();
    })));
}

struct BlocksWhenDropped(&'static str);

impl Drop for BlocksWhenDropped {
    fn drop(&mut self) {
        mark(self.0);
        blocks_for_ever();
    }
}

#[task]
async fn drop_blocks() {
    let _blocks = BlocksWhenDropped("drop_blocks is dropped");
    mark("drop_blocks");
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[task(on_shutdown = "drop")]
async fn drop_blocks_at_once() {
    let _blocks = BlocksWhenDropped("drop_blocks_at_once is dropped");
    mark("drop_blocks_at_once");
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[task]
async fn holds_stderr() {
    let _lock = io::stderr().lock();
    mark("holds_stderr");
    blocks_for_ever();
}

/// Blocks like any program whose error output nobody reads.
#[task]
async fn writes_to_stderr() {
    mark("writes_to_stderr");
    let _ = io::stderr().write_all(&[b'x'; 1 << 20]);
}

/// Logs more than a pipe holds.
#[task]
async fn logs_much(cancel: CancellationToken) {
    for number in 0..10_000 {
        tracing::info!(number, "one of many lines of a log that nobody reads, or reads slowly");
    }
    mark("logs_much");
    cancel.cancelled().await;
}

/// `exit` runs the destructors of its thread's locals, as it runs exit
/// handlers: this is one without unsafe code.
struct BlockingExit;

impl Drop for BlockingExit {
    fn drop(&mut self) {
        mark("exit handler");
        blocks_for_ever();
    }
}

thread_local! {
    static BLOCKING_EXIT: BlockingExit = const { BlockingExit };
}

pub(crate) fn block_at_exit() {
    BLOCKING_EXIT.with(|_| ());
}

/// Fills the pipe on standard error, and keeps its lock.
pub(crate) fn fill_stderr() {
    thread::spawn(|| io::stderr().write_all(&[b'x'; 1 << 20]));
}

#[task(start = "manual")]
fn one_of_many_stuck_threads() {
    blocks_for_ever();
}

/// More than Tokio's blocking pool has threads.
#[task]
async fn fills_the_blocking_pool(handle: Handle) -> anyhow::Result<()> {
    for _ in 0..600 {
        drop(handle.spawn(one_of_many_stuck_threads, ())?);
    }
    mark("fills_the_blocking_pool");
    Ok(())
}
