//! Panics, wherever they come from, are the outcome of one run.

use std::fmt;

use tasks_runtime::{Outcome, State, registration, scheduled, task};

use crate::support::{Notes, only_result, outcomes_of, pass, program};

#[task]
async fn booms() {
    panic!("boom {}", 1);
}

#[task]
async fn booms_late() {
    tokio::task::yield_now().await;
    panic!("boom later");
}

struct Bomb;
impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("boom in drop");
    }
}

#[task]
async fn booms_in_drop() {
    let _bomb = Bomb;
}

#[task(timeout = "100ms")]
async fn booms_when_dropped() {
    let _bomb = Bomb;
    std::future::pending::<()>().await;
}

#[task]
async fn booms_with_a_bomb() {
    std::panic::panic_any(Bomb);
}

#[derive(Debug)]
struct Unprintable;
impl fmt::Display for Unprintable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("boom in display");
    }
}
impl std::error::Error for Unprintable {}

#[task]
async fn booms_in_display() -> Result<(), Unprintable> {
    Err(Unprintable)
}

struct Uncopyable;
impl Clone for Uncopyable {
    fn clone(&self) -> Self {
        panic!("boom in clone");
    }
}

#[task]
async fn booms_in_clone(_state: State<Uncopyable>) {}

#[task]
fn booms_on_a_thread() {
    panic!("boom on a thread");
}

#[scheduled(every = "1s")]
async fn bystander() {}

#[tokio::test(start_paused = true)]
async fn every_kind_of_panic_is_the_outcome_of_its_run_and_others_go_on() {
    let notes = Notes::new();
    let handle = program(
        &notes,
        [
            registration!(booms),
            registration!(booms_late),
            registration!(booms_in_drop),
            registration!(booms_when_dropped),
            registration!(booms_with_a_bomb),
            registration!(booms_in_display),
            registration!(booms_in_clone),
            registration!(booms_on_a_thread),
            registration!(bystander),
        ],
    )
    .state(Uncopyable)
    .quiet_panics()
    .start()
    .await
    .unwrap();
    pass(10_500).await;
    for (task, message) in [
        ("booms", "boom 1"),
        ("booms_late", "boom later"),
        ("booms_in_drop", "boom in drop"),
        ("booms_when_dropped", "boom in drop"),
        ("booms_in_display", "boom in display"),
        ("booms_in_clone", "boom in clone"),
        ("booms_on_a_thread", "boom on a thread"),
    ] {
        let result = only_result(&handle, task);
        assert_eq!(result.outcome, Outcome::Panicked, "{task}");
        let error = result.error.clone().unwrap();
        assert!(error.starts_with(message), "{task}: {error}");
        assert!(error.contains("panics.rs:"), "{task}: {error}");
    }
    assert_eq!(only_result(&handle, "booms_with_a_bomb").outcome, Outcome::Panicked);
    assert_eq!(outcomes_of(&handle, "bystander"), [Outcome::Succeeded; 10]);
}
