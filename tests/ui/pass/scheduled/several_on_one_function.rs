//! Several `#[scheduled]` on one function, in every form an attribute may take.
#![deny(warnings, missing_docs, unused_results, let_underscore_drop)]
#![forbid(unsafe_code)]

use tasks_runtime::{Context, scheduled};
use tasks_runtime::{registration, scheduled as sched};

mod framework {
    pub(super) use tasks_runtime::*;
}

/// Counts what is left.
#[scheduled(every = "5m", retry(max = 1, on = is_short))]
#[must_use]
#[tasks_runtime::scheduled(cron = "0 3 * * *", name = "count-at-night", retry(max = 3, on = is_long))]
#[cfg_attr(all(), ::tasks_runtime::scheduled(delay = "1h", name = "count-slowly"))]
#[cfg_attr(any(), scheduled(every = "nothing looks at this"))]
#[allow(clippy::unused_async)]
async fn count(cx: Context) -> Result<usize, String> {
    Err(cx.task().to_owned())
}

fn is_short(error: &String) -> bool {
    error.len() < 10
}

fn is_long(error: &String) -> bool {
    !is_short(error)
}

/// All of them have names of their own.
#[scheduled(every = "1s", name = "first")]
#[scheduled(every = "2s", name = "second")]
pub(crate) fn named() {}

#[framework::scheduled(every = "1s", crate = crate::framework)]
#[framework::scheduled(every = "2s", name = "by-path-too", crate = crate::framework)]
async fn by_path() {}

// One alone may be written under another name.
#[sched(every = "1s")]
async fn renamed() {}

macro_rules! twice {
    ($name:ident, $first:literal, $second:literal, $other:literal) => {
        #[scheduled(every = $first)]
        #[scheduled(every = $second, name = $other)]
        async fn $name() {}
    };
}

twice!(made, "1s", "2s", "made-too");

#[scheduled(every = "1s")]
#[cfg_attr(any(), scheduled(every = "2s"))]
async fn alone() {}

fn names(registration: tasks_runtime::Registration) -> Vec<String> {
    let mut registry = tasks_runtime::__private::Registry::new();
    registry.add(registration.clone());
    // The same annotated function added twice counts once.
    registry.add(registration);
    registry.into_sorted().iter().map(|task| task.task().definition().name.to_owned()).collect()
}

fn main() {
    assert_eq!(names(registration!(count)), ["count", "count-at-night", "count-slowly"]);
    assert_eq!(names(registration!(named)), ["first", "second"]);
    assert_eq!(names(registration!(by_path)), ["by-path-too", "by_path"]);
    assert_eq!(names(registration!(renamed)), ["renamed"]);
    assert_eq!(names(registration!(made)), ["made", "made-too"]);
    assert_eq!(names(registration!(alone)), ["alone"]);
    let discovered = tasks_runtime::__private::Registry::discovered().into_sorted();
    assert_eq!(discovered.len(), 11);
    assert!(discovered.iter().any(|task| task.task().definition().name == "count-at-night"));
    let definition = registration!(count);
    let definition = definition.task().definition();
    assert_eq!((definition.name, definition.description), ("count", "Counts what is left."));
}
