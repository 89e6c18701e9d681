#![allow(non_upper_case_globals, dead_code)]

use tasks_runtime::{registration, task};

const ask: u8 = 1;
const options: u8 = 2;
static retry: u8 = 3;

mod annotated {
    use tasks_runtime::{scheduled, task};

    #[task(timeout = "3s", retry = 3)]
    pub async fn ask() {}

    #[scheduled(every = "3s", retry = 3)]
    pub async fn options() {}

    #[task(name = "the-asked")]
    pub async fn __ask() {}
}

#[task(timeout = "3s", retry(max = 3, on = transient))]
async fn beside() -> Result<(), String> {
    Ok(())
}

fn transient(_: &String) -> bool {
    true
}

fn main() {
    let _ = (registration!(annotated::ask), registration!(annotated::options), registration!(annotated::__ask));
}
