//! Supervised background tasks for Tokio.
#![forbid(unsafe_code)]
#![allow(dead_code, unused, unreachable_pub)]

mod error;
mod event;
mod plan;
mod report;
mod result;
