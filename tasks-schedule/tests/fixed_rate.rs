//! Monotonic grids, against arithmetic that cannot overflow.

mod support;

use std::num::NonZeroU64;

use support::Random;
use tasks_schedule::FixedRate;

const SEED: u64 = 0xF1ED_0001;

fn grid(first: u64, period: u64) -> FixedRate {
    FixedRate::new(first, NonZeroU64::new(period).expect("a period"))
}

/// How many instants of the grid are not later than `until`.
fn count_until(grid: FixedRate, until: u64) -> u128 {
    let (first, period) = (u128::from(grid.first()), u128::from(grid.period().get()));
    let until = u128::from(until);
    if until < first { 0 } else { (until - first) / period + 1 }
}

#[test]
fn every_answer_agrees_with_wide_arithmetic() {
    let mut random = Random::new(SEED);
    let instant = |random: &mut Random| match random.between(0, 3) {
        0 => random.next(),
        1 => u64::MAX - random.next() % 1000,
        2 => random.next() % 1000,
        _ => random.next() % 1_000_000_000_000,
    };
    for _ in 0..200_000 {
        let grid = grid(instant(&mut random), instant(&mut random).max(1));
        let (first, period) = (u128::from(grid.first()), u128::from(grid.period().get()));
        let (now, other) = (instant(&mut random), instant(&mut random));
        let context = format!("seed {SEED:#x}, {grid:?}, now {now}, other {other}");
        let count = count_until(grid, now);
        let next = first + count * period;
        assert_eq!(grid.next_after(now), u64::try_from(next).ok(), "{context}");
        let latest = count.checked_sub(1).map(|n| (first + n * period) as u64);
        assert_eq!(grid.latest_at_or_before(now), latest, "{context}");
        let between = count_until(grid, other).saturating_sub(count);
        assert_eq!(u128::from(grid.count_between(now, other)), between, "{context}");
    }
}

#[test]
fn the_grid_never_drifts() {
    let grid = grid(7, 10);
    let mut now = 0;
    for n in 0..1000 {
        let next = grid.next_after(now).expect("far from the end");
        assert_eq!(next, 7 + 10 * n);
        // Served late by up to a period: the next one stays on the grid.
        now = next + n % 10;
    }
}

#[test]
fn the_ends_of_the_clock_are_no_trouble() {
    let full = grid(0, 1);
    assert_eq!(full.next_after(u64::MAX), None);
    assert_eq!(full.latest_at_or_before(u64::MAX), Some(u64::MAX));
    assert_eq!(full.count_between(0, u64::MAX), u64::MAX);
    let late = grid(u64::MAX, u64::MAX);
    assert_eq!(late.next_after(0), Some(u64::MAX));
    assert_eq!(late.next_after(u64::MAX), None);
    assert_eq!(late.latest_at_or_before(u64::MAX - 1), None);
    assert_eq!(late.count_between(5, 3), 0);
}
