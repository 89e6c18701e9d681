//! What the tests share.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tasks_runtime::{Builder, Handle, Outcome, Registration, RunResult, testing::Kit};
use tokio::time::Instant;

/// What bodies noted, with the virtual time since the program began.
#[derive(Clone, Debug)]
pub struct Notes {
    began: Instant,
    notes: Arc<Mutex<Vec<(Duration, String)>>>,
}

impl Notes {
    pub fn new() -> Self {
        Self { began: Instant::now(), notes: Arc::default() }
    }

    pub fn note(&self, what: impl Into<String>) {
        self.notes.lock().unwrap().push((self.began.elapsed(), what.into()));
    }

    /// Everything that was noted, in order.
    pub fn words(&self) -> Vec<String> {
        self.notes.lock().unwrap().iter().map(|(_, what)| what.clone()).collect()
    }

    /// When this was noted, in milliseconds.
    pub fn millis_of(&self, word: &str) -> Vec<u64> {
        let notes = self.notes.lock().unwrap();
        notes.iter().filter(|(_, what)| what == word).map(|(at, _)| at.as_millis() as u64).collect()
    }

    pub fn count(&self, word: &str) -> usize {
        self.millis_of(word).len()
    }
}

/// Notes a word when it is dropped.
pub struct OnDrop(pub Notes, pub &'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

/// A program of exactly these tasks, on virtual time, whose tasks may take
/// `State<Notes>`, for what is said of `start` and `run_until_signal`.
pub fn program<const N: usize>(notes: &Notes, tasks: [Registration; N]) -> Builder {
    let builder = tasks_runtime::builder().without_discovery().state(notes.clone());
    tasks.into_iter().fold(builder, Builder::register).__virtual_time("2026-01-01T00:00:00Z".parse().unwrap())
}

/// The same under test, for what happens over time. What is due at the start has run.
pub async fn start<const N: usize>(notes: &Notes, tasks: [Registration; N]) -> Handle {
    Kit::of(program(notes, tasks)).start().await.handle()
}

pub async fn pass(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

pub fn results_of(handle: &Handle, task: &str) -> Vec<RunResult> {
    handle.results().into_iter().filter(|result| &*result.task == task).collect()
}

pub fn outcomes_of(handle: &Handle, task: &str) -> Vec<Outcome> {
    results_of(handle, task).iter().map(|result| result.outcome).collect()
}

pub fn only_result(handle: &Handle, task: &str) -> RunResult {
    let results = results_of(handle, task);
    assert_eq!(results.len(), 1, "{results:?}");
    results[0].clone()
}
