//! The server as its users meet it: a process of its own, HTTP, signals, exit codes.
#![cfg(unix)]
#![forbid(unsafe_code)]

mod client;
mod requests;
mod scratch;
mod server;
mod shutdown;
mod start;
mod upkeep;
