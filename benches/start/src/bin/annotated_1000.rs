//! Annotated functions.

use std::process::ExitCode;

use tasks_runtime::task;

include!(concat!(env!("OUT_DIR"), "/annotated_1000.rs"));

#[task(timeout = "30s")]
async fn task_0() {
    start::arrived();
}

fn main() -> ExitCode {
    tasks_runtime::main()
}
