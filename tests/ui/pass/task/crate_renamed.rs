mod framework {
    pub use tasks_runtime::*;
}

use framework::{registration, scheduled, task};

#[task(crate = crate::framework, timeout = "3s")]
async fn by_path() {}

#[task(crate = "framework")]
async fn by_string() {}

#[scheduled(every = "5m", crate = ::tasks_runtime)]
async fn absolute() {}

fn main() {
    let _ = registration!(by_path, crate = crate::framework);
    let _ = registration!(by_string);
    let _ = registration!(absolute, crate = framework);
}
