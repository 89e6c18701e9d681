//! Pieces of the engine, without a shell around them.

use std::{
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tasks_runtime::{
    __bench::{Gate, Stepper, Teller},
    Event,
};

use crate::Work;

fn repeat(mut once: impl FnMut() + 'static) -> Work {
    Box::new(move |times| (0..times).for_each(|_| once()))
}

/// What the engine does for one firing among so many schedules, its run's begin and end included.
pub(super) fn step(schedules: u32) -> Work {
    let mut engine = Stepper::new(schedules);
    repeat(move || assert_eq!(engine.step(), 1, "one is due at a time"))
}

/// A look at the clock when nothing is due.
pub(super) fn look(schedules: u32) -> Work {
    let mut engine = Stepper::new(schedules);
    repeat(move || engine.look())
}

pub(super) fn admission(_: u32) -> Work {
    let mut gate = Gate::open();
    repeat(move || assert!(black_box(&mut gate).pass(), "nobody stands before it"))
}

/// Two runs, one of which waits for the other.
pub(super) fn admission_in_turns(_: u32) -> Work {
    let mut gate = Gate::with_a_pool_of_one();
    repeat(move || assert!(black_box(&mut gate).take_turns(), "the second gets the place of the first"))
}

pub(super) fn event_to_nobody(_: u32) -> Work {
    let mut teller = Teller::to_nobody();
    repeat(move || assert!(!black_box(&mut teller).tell(), "nobody reads"))
}

pub(super) fn event_to_observer(_: u32) -> Work {
    let told = Arc::new(AtomicU64::new(0));
    let (seen, mut expected) = (Arc::clone(&told), 0);
    let mut teller = Teller::to(move |event: &Event| {
        black_box(event);
        told.fetch_add(1, Ordering::Relaxed);
    });
    repeat(move || {
        black_box(&mut teller).tell();
        expected += 1;
        assert_eq!(seen.load(Ordering::Relaxed), expected, "each event is told once");
    })
}

pub(super) fn event_to_subscriber(_: u32) -> Work {
    let mut teller = Teller::to_a_subscriber();
    repeat(move || assert!(black_box(&mut teller).tell(), "each event is read"))
}
