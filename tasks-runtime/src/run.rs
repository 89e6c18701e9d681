//! How: one run, from its first poll to its outcome.
//!
//! A run is at most one Tokio task ([`Supervised`]) around the boxed future of its
//! attempt. Limits, cancellation, panics, retries and accounting happen inside
//! its polls; nothing is spawned beside it.

mod attempt;
mod backoff;
mod child;
mod command;
mod joined;
mod restart;
mod retry;
mod supervise;

#[cfg(test)]
pub(crate) use self::retry::next_delay;
pub(crate) use self::{
    attempt::AttemptEnd,
    child::ChildTask,
    command::Command,
    joined::Joined,
    restart::{Restarts, Sequel, stable_after},
    supervise::{Fresh, Supervised, Wanted},
};
