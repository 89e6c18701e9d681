//! Another crate, with a task whose name is taken.

use tasks_runtime::task;

/// Sends other mail.
#[task(start = "manual")]
async fn send_mail() {}
