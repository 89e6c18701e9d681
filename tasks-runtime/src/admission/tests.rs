//! Who comes first, as a pure decision.

use std::{sync::Arc, time::Duration};

use tasks_core::{RunId, policy::Priority};

use super::pool::Pool;
use crate::clock::Mono;

fn at(seconds: u64) -> Mono {
    Mono(0).plus(Duration::from_secs(seconds))
}

/// Fills the only place, lets runs wait, and frees it again and again at one moment.
fn order(waiting: &[(u64, Priority, u64)], freed_at: u64) -> Vec<u64> {
    let mut pool = Pool::new(1);
    assert!(pool.take(1));
    for (run, priority, since) in waiting {
        pool.wait(RunId::new(*run), *priority, at(*since));
    }
    let name_of = |run: RunId| Arc::from(format!("task {}", run.get()));
    std::iter::from_fn(|| pool.release(at(freed_at), name_of)).map(RunId::get).collect()
}

#[test]
fn the_most_urgent_comes_first_and_equals_in_the_order_of_waiting() {
    use Priority::{Critical, High, Low, Normal};
    let waiting = [(1, Low, 0), (2, Normal, 0), (3, Normal, 1), (4, High, 2), (5, Critical, 3)];
    assert_eq!(order(&waiting, 4), [5, 4, 2, 3, 1]);
}

#[test]
fn a_run_rises_one_level_for_each_whole_five_seconds() {
    use Priority::{Critical, Low};
    assert_eq!(order(&[(1, Low, 0), (2, Critical, 14)], 14), [2, 1]);
    // After 15 s it stands as high as a critical one, and has waited longer.
    assert_eq!(order(&[(1, Low, 0), (2, Critical, 14)], 15), [1, 2]);
}

#[test]
fn runs_that_began_to_wait_together_go_by_name() {
    let waiting = [(2, Priority::High, 0), (1, Priority::Normal, 0)];
    // Both stand at the top after ten seconds.
    assert_eq!(order(&waiting, 10), [1, 2]);
}

#[test]
fn nobody_passes_those_who_wait() {
    let mut pool = Pool::new(2);
    assert!(pool.take(1) && pool.take(1));
    pool.wait(RunId::new(1), Priority::Low, at(0));
    assert!(!pool.take(1));
    assert_eq!(pool.release(at(0), |_| "a".into()), Some(RunId::new(1)));
    assert!(!pool.take(1), "its place went to the one that waited");
    assert_eq!(pool.release(at(0), |_| "a".into()), None);
    assert!(pool.take(1));
}
