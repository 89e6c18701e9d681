//! Annotated functions beside lints that forbid nearly everything.
#![deny(warnings, missing_docs, missing_debug_implementations, unreachable_pub, private_interfaces)]
#![deny(rust_2018_idioms, unused_qualifications, single_use_lifetimes, let_underscore_drop)]
#![deny(non_local_definitions, unit_bindings, variant_size_differences, unused_results)]
#![deny(non_upper_case_globals, non_camel_case_types)]
#![forbid(unsafe_code, non_snake_case, dead_code, unused_variables)]

use tasks_runtime::{Context, State, scheduled, task};

/// One with everything.
#[task(timeout = "3s", tags = ["a"], retry(max = 3, delay = "1s"), pool = "mail", name = "one")]
pub async fn with_everything(cx: Context, State(text): State<String>) -> Result<u8, String> {
    Err(format!("{} {text}", cx.task()))
}

#[scheduled(every = "5m")]
async fn private() {}

#[scheduled(cron = "@daily")]
pub(crate) fn plain() -> std::io::Result<()> {
    Ok(())
}

#[task(timeout = "3s")]
#[must_use]
async fn must_use() -> Result<u8, String> {
    Ok(1)
}

#[task]
#[deprecated = "an old one"]
async fn deprecated() {}

mod inner {
    #[tasks_runtime::task(after = "plain")]
    pub(super) async fn nested() {}

    #[tasks_runtime::task]
    pub(in crate::inner) async fn nearer() {}
}

fn main() {}
