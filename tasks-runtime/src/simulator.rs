//! Whole programs against the engine, without Tokio, from a seed.
//!
//! A world of two clocks plays a random program: schedules of every kind in
//! several zones, with jitter and misfire policies; overlap of every kind,
//! pools, priorities, retries, time boxes, order; bodies that fail, panic,
//! hang, listen or not; stalls, suspends, clocks that are set, triggers,
//! cancels, pauses, other schedules, delayed runs, services, and a shutdown at
//! any instant. After every step the [`model`], which keeps books of its own,
//! checks the invariants that it lists.
//!
//! `SEED=n` replays one program and prints what happens in it; `SEEDS=n` says
//! how many are played, and `FROM=n` which is the first.

mod body;
mod model;
mod program;
mod slots;
mod world;
mod year;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use fastrand::Rng;

use self::{
    program::Size,
    world::{Played, World},
};

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Plays one program; what fails in it fails with the seed that replays it.
fn play(seed: u64, trace: bool, size: impl FnOnce(&mut Rng) -> Size) -> Played {
    let mut rng = Rng::with_seed(seed);
    let size = size(&mut rng);
    match catch_unwind(AssertUnwindSafe(|| World::new(size, rng, trace).play())) {
        Ok(played) => played,
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
            panic!("seed {seed}, replay with SEED={seed}: {}", text.unwrap_or_default())
        }
    }
}

#[test]
fn every_seed_keeps_the_invariants() {
    if let Some(seed) = from_environment("SEED") {
        println!("{:?}", play(seed, true, Size::small));
        return;
    }
    let (first, count) = (from_environment("FROM").unwrap_or(0), from_environment("SEEDS").unwrap_or(2000));
    let mut all = Played::default();
    for seed in first..first + count {
        let played = play(seed, false, Size::small);
        all.steps += played.steps;
        all.results += played.results;
    }
    println!("{count} programs, {} steps, {} runs", all.steps, all.results);
    assert!(all.results > count * 20, "programs that do nothing show nothing: {all:?}");
}

#[test]
fn a_year_of_two_hundred_tasks_keeps_the_invariants() {
    let year = Duration::from_secs(365 * 86_400);
    let size =
        |_: &mut Rng| Size { tasks: 200, horizon: year, scale: year / 200, disturbed: false, whole: true };
    let played = play(from_environment("YEAR").unwrap_or(1), false, size);
    println!("{played:?}");
}

#[test]
fn a_seed_plays_the_same_program_again() {
    for seed in 0..20 {
        let [first, again] = [(); 2].map(|()| play(seed, false, Size::small));
        assert_eq!((first.steps, first.results), (again.steps, again.results), "seed {seed}");
    }
}
