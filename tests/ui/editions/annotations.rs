//! Annotated functions under the strictest lints, compiled once for each edition.
//!
//! It has to be a crate for each edition, and a member of the workspace, so that
//! clippy looks at it too.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub)]
#![deny(rust_2018_idioms, unused_qualifications, single_use_lifetimes)]
#![deny(clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use std::time::Duration;

// Apart, because editions sort them differently.
use tasks_runtime::{CancellationToken, Context, Registration, State};

use tasks_runtime::{scheduled, task};

/// One with everything.
///
/// # Errors
///
/// Always.
#[task(
    name = "everything",
    timeout = "3s",
    tags = ["a", "b"],
    retry(max = 3, delay = "1s", factor = 1.5, on = transient),
    pool = "mail",
    after = "private",
    priority = "high"
)]
pub async fn with_everything(cx: Context, State(text): State<String>) -> Result<u8, String> {
    Err(format!("{} {}", cx.task(), text))
}

#[allow(clippy::ptr_arg)]
fn transient(error: &String) -> bool {
    error.is_empty()
}

const LIMIT: Duration = Duration::from_secs(30);

#[task(
    timeout = LIMIT,
    grace = Duration::from_secs(1),
    max_running = if cfg!(debug_assertions) { 1 } else { 2 },
    retry(max = 3_u8 as usize, factor = 1.0 + 0.5)
)]
async fn private() {}

/// A plain one.
#[scheduled(cron = "30 2 * * MON-FRI", timezone = "Europe/Madrid")]
pub fn plain(cancel: CancellationToken) {
    drop(cancel);
}

#[scheduled(every = "5m", initial_delay = "0s")]
pub(crate) async fn r#match() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Ok(())
}

/// Jobs of a module.
pub mod jobs {
    /// Nested.
    #[tasks_runtime::task]
    pub async fn nested() {}
}

/// Names some of them.
#[must_use]
pub fn registrations() -> [Registration; 4] {
    [
        tasks_runtime::registration!(with_everything),
        tasks_runtime::registration!(plain),
        tasks_runtime::registration!(r#match),
        tasks_runtime::registration!(jobs::nested),
    ]
}
