//! Tests of programs: a clock in the test's hands, failures made to order, and
//! a check that nothing leaked. Needs the feature `testing`.
//!
//! ```toml
//! [dev-dependencies]
//! tasks-runtime = { version = "…", features = ["testing"] }
//! tokio = { version = "1", features = ["macros", "rt"] }
//! ```
//!
//! A [`Kit`] starts a program in the Tokio runtime of a test, with Tokio's
//! clock paused. The wall clock is derived from it, so both move together, and
//! only when the test lets them: a year of schedules plays in milliseconds, the
//! same each time.
//!
//! # Examples
//!
//! A task that runs at 02:30 in Madrid, on the two nights on which clocks
//! change there:
//!
//! ```
//! # use tasks_runtime::{registration, scheduled, testing::Kit};
//! #[scheduled(cron = "30 2 * * *", timezone = "Europe/Madrid")]
//! async fn nightly() {}
//!
//! # async fn test_body() {
//! // #[tokio::test]
//! // async fn nightly_runs_once_each_night_whatever_clocks_do() {
//! let kit = Kit::tasks([registration!(nightly)]).at("2026-03-28T12:00[Europe/Madrid]").start().await;
//! let seen = kit.during(async |kit| kit.advance_to("2026-03-29T12:00").await).await;
//! assert_eq!(seen.due("nightly"), ["2026-03-29T03:00:00+02:00"], "02:30 does not exist: the first moment after");
//!
//! kit.advance_to("2026-10-24T12:00").await;
//! let seen = kit.during(async |kit| kit.advance_to("2026-10-25T12:00").await).await;
//! assert_eq!(seen.due("nightly"), ["2026-10-25T02:30:00+02:00"], "02:30 comes twice: the first time");
//! kit.finish().await;
//! // }
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test_body());
//! ```
//!
//! # What the clock can show, and what not
//!
//! - Time passes when nothing can run, from one due moment to the next: no
//!   firing, timeout or retry is passed over, and a body that reads the clock
//!   sees the moment at which it is due. A body may sleep as it likes.
//! - While a plain `fn`, or any closure on Tokio's blocking pool, is on its
//!   thread, time stands still. A function that waits there for time to pass,
//!   or that runs until shutdown, would hold the test for ever; the kit says so
//!   after [10 s](KitBuilder::patience).
//! - A body that waits for a socket looks as if nothing could run, and time runs
//!   away under it: its timeout passes at once. Give it something that answers
//!   in memory, or test it on the real clock through a
//!   [`Handle`](crate::Handle).
//! - A blocked thread is not late, since time stands still meanwhile: `late`
//!   and `stuck` do not come about. There is no guard, and no signal handler.

mod clock;
mod fault;
mod kit;
mod leaks;
mod moment;
mod run;
mod seen;
mod start;
mod watcher;

pub(crate) use self::watcher::Watcher;
pub use self::{
    fault::Fault,
    kit::Kit,
    moment::Moment,
    run::RunTask,
    seen::{Seen, Skip},
    start::KitBuilder,
};
