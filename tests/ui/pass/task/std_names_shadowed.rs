#![no_implicit_prelude]
#![allow(dead_code, unused_macros, non_camel_case_types)]

struct Option;
struct Result;
struct Box;
struct Some;
struct None;
struct Ok;
struct Err;
struct Duration;
struct Send;
struct Fn;
struct Registration;
struct Annotated;
struct u32;
struct str;
struct bool;
mod core {}
mod std {}
mod alloc {}
mod inventory {}
mod tasks_core {}
mod __private {}

macro_rules! line {
    () => {
        no such thing
    };
}
macro_rules! file {
    () => {
        no such thing
    };
}
macro_rules! module_path {
    () => {
        no such thing
    };
}
macro_rules! compile_error {
    () => {
        no such thing
    };
}

const GRACE: ::core::time::Duration = ::core::time::Duration::from_secs(3);

#[::tasks_runtime::task(
    timeout = "30s",
    grace = GRACE,
    max_running = if true { 1 } else { 2 },
    tags = ["a"],
    retry(max = 3, delay = "1s", on = transient),
    pool = "mail",
    priority = "low",
)]
async fn everything(_cx: ::tasks_runtime::Context) -> ::std::result::Result<(), ::std::string::String> {
    ::std::result::Result::Ok(())
}

fn transient(_: &::std::string::String) -> ::tasks_runtime::__private::primitive::bool {
    true
}

#[::tasks_runtime::scheduled(every = "5m")]
fn plain() {}

#[::tasks_runtime::scheduled(cron = "0 3 * * *", timezone = "Europe/Madrid")]
async fn nothing() {}

fn main() {
    let _ = ::tasks_runtime::registration!(everything);
}
