//! What a program does over time, on virtual time.
//!
//! Each test starts a program of its own with exactly the tasks it names, lets
//! virtual time pass and looks at what a user could see: results, counters,
//! what the bodies recorded.
#![allow(
    missing_docs,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    unreachable_pub,
    unused_crate_dependencies,
    reason = "tests"
)]

mod around;
mod cancel;
mod children;
mod context;
mod delayed;
mod dynamic;
mod handle;
mod inputs;
mod limits;
mod order;
mod overlap;
mod pages;
mod panics;
mod pieces;
mod pools;
mod retries;
mod schedules;
mod services;
mod several;
mod shutdown;
mod startup;
mod steering;
mod support;
mod watching;
mod why;
