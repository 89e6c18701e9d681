//! Bodies that fail, and what they say.

use std::{fmt, io, time::Duration};

use anyhow::Context as _;
use tasks_runtime::{Context, Fatal, RetryAfter, scheduled, task};
use tests::mark_with;

fn attempt(cx: &Context) {
    mark_with(cx.task(), serde_json::json!({ "attempt": cx.attempt() }));
}

#[task(retry(max = 3, delay = "100ms", jitter = "off"))]
async fn third_time_lucky(cx: Context) -> io::Result<()> {
    attempt(&cx);
    match cx.attempt() {
        3 => Ok(()),
        number => Err(io::Error::other(format!("attempt {number} failed"))),
    }
}

#[scheduled(every = "1s", initial_delay = "0s", retry(max = 2, delay = "20ms", jitter = "off"))]
async fn never_lucky(cx: Context) -> io::Result<()> {
    attempt(&cx);
    Err(io::Error::other("no luck"))
}

#[task(retry = 5)]
async fn fatal(cx: Context) -> Result<(), Fatal> {
    attempt(&cx);
    Err(Fatal::new("hopeless"))
}

#[task(retry = 5)]
async fn fatal_in_anyhow(cx: Context) -> anyhow::Result<()> {
    attempt(&cx);
    Err(Fatal::new(io::Error::other("hopeless")).into())
}

#[task(retry = 5)]
async fn fatal_under_context(cx: Context) -> anyhow::Result<()> {
    attempt(&cx);
    Err(Fatal::new("hopeless")).context("reading").context("importing")
}

#[task(retry(max = 1, delay = "1h"))]
async fn retry_after(cx: Context) -> anyhow::Result<()> {
    attempt(&cx);
    match cx.attempt() {
        1 => Err(RetryAfter::new(Duration::from_millis(300), "busy").into()),
        _ => Ok(()),
    }
}

#[task]
async fn long_error() -> io::Result<()> {
    let text = "a line\n\u{1b}[31mred\u{1b}[0m \u{202e}drow\t\"quoted\" \\ \0 ";
    Err(io::Error::other(text.repeat((1 << 20) / text.len())))
}

#[task]
async fn chained_error() -> anyhow::Result<()> {
    Err(io::Error::other("the disk is on fire")).context("reading the page").context("loading")
}

#[derive(Debug)]
struct Mute;

impl fmt::Display for Mute {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no words")
    }
}

impl std::error::Error for Mute {}

#[task]
async fn error_whose_text_panics() -> Result<(), Mute> {
    Err(Mute)
}
