//! The attributes of `tasks`: [`macro@task`], [`macro@scheduled`] and [`registration!`].
//!
//! Depend on `tasks-runtime`, which re-exports them; this crate is a part of it
//! and changes with it. Paths in an expansion are absolute and begin with
//! `::tasks_runtime`; `crate = …` makes them begin elsewhere.
#![forbid(unsafe_code)]

mod attr;
mod checks;
mod crate_path;
mod errors;
mod expand;
mod ide;
mod item;
mod registration;
mod signature;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use tasks_options::Attribute;

/// Makes a task of a function: it runs when the program starts, or on demand.
///
/// The function stays what it was: it can be called, tested and documented. It
/// is an `async fn`, or a plain `fn`, which runs on the blocking pool. The first
/// paragraph of its documentation is the task's description.
///
/// # Options
///
/// A value is a literal: a string, a number, `true` or `false`, or a list. A
/// duration, number, flag or text may also be a constant, `timeout = LIMIT`; see
/// [`macro@scheduled`].
///
/// | option | for example | by default | meaning |
/// |---|---|---|---|
/// | `start` | `"manual"` | `boot` | Whether it starts with the program or only when somebody asks. |
/// | `name` | `"prune-sessions"` | the function's name | Its name, unique in the program: letters, digits, `_` and `-`. |
/// | `tags` | `["mail", "nightly"]` | none | One word or a list of words to choose tasks by: `--only-tasks tag:mail`. |
/// | `timeout` | `"30s"` | `off`; for a scheduled `async fn`: `5m` | Limit for one attempt, or `off`. |
/// | `stop_after` | `"10m"` | `off` | The time after which a body that takes `Context` or `CancellationToken` is asked to finish, or `off`; what ends well within `grace` has succeeded. |
/// | `deadline` | `"10m"` | `off` | Limit for the whole run, attempts and the waits between them together, or `off`. |
/// | `grace` | `"5s"` | `2s` | How long a body that takes `Context` or `CancellationToken` may go on once it is asked to stop. |
/// | `retry` | `3` | `0` | Attempts after the first, `unlimited`, `off`, or a list: `retry(max = 3, delay = "1s", factor = 2, max_delay = "1m", jitter = "full", panics = false, on = path)`. |
/// | `restart` | `"on-failure"` | `never` | After which ends it is started again, which makes it a service: `on-failure`, `always`, `never` or `off`, or a list: `restart(policy = "on-failure", delay = "100ms", factor = 2, max_delay = "30s", jitter = "full", max = 5, within = "30s")`. |
/// | `priority` | `"high"` | `normal` | Who is admitted first when a pool is full or several are due at once: `critical`, `high`, `normal` or `low`. |
/// | `pool` | `"mail"` | `off` | The named limit of concurrent runs that its runs count against, or `off`. |
/// | `max_running` | `3` | unlimited; scheduled: by `overlap` | How many runs of it may go on at once; further ones wait. |
/// | `overlap` | `"queue"` | scheduled tasks and services: `skip`; other tasks: `allow` | Still running when another run is wanted: the new one is skipped (`skip`), waits as one of at most one or n (`queue`, `queue(n)`), takes the place of the old one (`replace`), or runs beside it and at most n in all (`allow`, `allow(n)`). |
/// | `essential` | `true` | `false` | Whether its failure ends the program, with exit code 1; of a service: its end for good. |
/// | `after` | `"migrate"` | none | One name or a list of names of tasks that must first have succeeded or called `cx.ready()`. |
/// | `on_shutdown` | `"finish"` | `cancel` if it listens, else `finish`; of a service `drop` | What shutdown does to a living run: ask it to stop, let it finish inside the drain, or drop it at once. |
/// | `stop_within` | `"1s"` | half the drain | How long shutdown leaves it alone while tasks that are `after` it still run, at most until the end of the drain. |
/// | `enabled` | `false` | `true` | Whether it starts by itself at all. |
/// | `crate` | `::renamed` | `::tasks_runtime` | Where the expansion finds `tasks-runtime`, for a crate that renames or re-exports it. |
///
/// Durations are written with their unit: `"1h 30m"`, `"250ms"`. `"off"` switches
/// off `timeout`, `stop_after`, `deadline`, `retry`, `restart` and `pool`.
///
/// Every option but `name`, `crate` and `on` can also be set where the program runs: by a
/// file, by variables, by flags, and by `builder().configure(…)`.
///
/// # Examples
///
/// ```
/// use tasks_runtime::{CancellationToken, Context, State, task};
/// # #[derive(Clone)] struct Db;
/// # impl Db { async fn migrate(&self) -> anyhow::Result<()> { Ok(()) } }
///
/// /// Brings the schema up to date.
/// #[task(timeout = "30s", essential = true)]
/// async fn migrate(State(db): State<Db>) -> anyhow::Result<()> {
///     db.migrate().await
/// }
///
/// /// Follows the feed until shutdown, and is started again when it fails.
/// #[task(after = "migrate", restart(policy = "on-failure", max_delay = "1m"))]
/// async fn follow_feed(cx: Context) -> std::io::Result<()> {
///     cx.ready();
///     cx.cancelled().await;
///     Ok(())
/// }
///
/// /// Sends the numbers of the day, and tries again where that may help.
/// #[task(start = "manual", retry(max = 5, delay = "1s", on = worth_another_try))]
/// async fn send_numbers() -> std::io::Result<()> {
///     Ok(())
/// }
///
/// fn worth_another_try(error: &std::io::Error) -> bool {
///     error.kind() == std::io::ErrorKind::TimedOut
/// }
///
/// /// Runs on the blocking pool, when somebody asks.
/// #[task(start = "manual", pool = "disk")]
/// fn compress_logs(cancel: CancellationToken) -> Result<u64, String> {
///     if cancel.is_cancelled() { Err("stopped".to_owned()) } else { Ok(0) }
/// }
/// ```
///
/// # Requirements
///
/// - It is a free function: no method, no generics, no `unsafe`, `extern` or `const`.
/// - Each of its at most eight parameters is an extractor: `Context`, `State<T>`,
///   `CancellationToken`, `Handle`, at most one `Input<T>`, or a type of yours that implements `FromContext`.
/// - It returns `()` or `Result<T, E>`, where `E` is any error that can be boxed:
///   `anyhow::Error`, `String`, a type that implements `std::error::Error`.
/// - The future of an `async fn` is `Send`.
///
/// # Errors at compile time
///
/// Every mistake is an error at the token that is wrong, and all of them come at
/// once: an unknown option or one that is set twice, a value of the wrong form, a
/// duration without a unit, a signature that cannot be a task's. A parameter that
/// is no extractor and a return type that is no result are one error each, at the
/// type. The function itself is always kept, so that an editor goes on completing.
///
/// # Expansion
///
/// Beside the function stand one hidden static, which [`registration!`] finds, and
/// its registration; no type and no module. Shortened:
///
/// ```text
/// async fn migrate(State(db): State<Db>) -> anyhow::Result<()> { … }
///
/// #[doc(hidden)]
/// static __task_migrate: Annotated = Annotated {
///     facts: Facts { name: "migrate", description: "Brings the schema up to date.", … },
///     entry: |ask| a1::<State<Db>, anyhow::Result<()>, _, _>(ask, migrate),
///     named: false,
///     others: &[],
/// };
/// submit! { &__task_migrate }
/// ```
#[proc_macro_attribute]
pub fn task(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Task, &arguments.into(), item.into()).into()
}

/// Makes a scheduled task of a function: it runs each time its schedule is due.
///
/// Exactly one of `every`, `delay`, `cron` and `at` says when. The function stays
/// what it was; for what it may look like see [`macro@task`].
///
/// # Options
///
/// A value is a literal: a string, a number, `true` or `false`, or a list; or a
/// [constant](#constants).
///
/// | option | for example | by default | meaning |
/// |---|---|---|---|
/// | `every` | `"5m"` | — | Fixed rate: first one period after `ready`, then on a grid that never drifts. |
/// | `delay` | `"30s"` | — | Fixed delay: from the end of one scheduled run, retries included, to the start of the next. |
/// | `cron` | `"30 2 * * MON-FRI"` | — | 5 fields, or 6 with seconds first, or 7 with a year last; or `@hourly`, `@daily` and the like. |
/// | `at` | `"2030-01-31T09:00:00Z"` | — | Once, at an RFC 3339 instant. |
/// | `timezone` | `"Europe/Madrid"` | `builder().timezone(…)`, else `UTC` | The zone in which `cron` is read: an IANA name, or `local`, the machine's own. |
/// | `initial_delay` | `"0s"` | one period; with `delay`: `0s` | The time before the first firing of `every` or `delay`. |
/// | `align` | `true` | `false` | Whether the grid of `every` stands on the wall clock, from midnight UTC; the period divides 24 h. |
/// | `on_start` | `true` | `false` | One more firing as soon as the program is ready. |
/// | `jitter` | `"10s"` | `off` | The longest random delay of a firing, drawn afresh for each and cut to the period, or `off`. |
/// | `spread` | `"10s"` | `off` | Moves every firing by a fixed offset of less than this, a hash of the machine's and the task's names, so that replicas do not fire together; cut to the period, or `off`. |
/// | `misfire` | `"skip"` | `once` | Due instants that passed unserved: one run for the latest of them (`once`), none (`skip`), or one for each of the latest n (`all(n)`). |
/// | `name` | `"prune-sessions"` | the function's name | Its name, unique in the program: letters, digits, `_` and `-`. |
/// | `tags` | `["mail", "nightly"]` | none | One word or a list of words to choose tasks by: `--only-tasks tag:mail`. |
/// | `timeout` | `"30s"` | `off`; for a scheduled `async fn`: `5m` | Limit for one attempt, or `off`. |
/// | `stop_after` | `"10m"` | `off` | The time after which a body that takes `Context` or `CancellationToken` is asked to finish, or `off`; what ends well within `grace` has succeeded. |
/// | `deadline` | `"10m"` | `off` | Limit for the whole run, attempts and the waits between them together, or `off`. |
/// | `grace` | `"5s"` | `2s` | How long a body that takes `Context` or `CancellationToken` may go on once it is asked to stop. |
/// | `retry` | `3` | `0` | Attempts after the first, `unlimited`, `off`, or a list: `retry(max = 3, delay = "1s", factor = 2, max_delay = "1m", jitter = "full", panics = false, on = path)`. |
/// | `priority` | `"high"` | `normal` | Who is admitted first when a pool is full or several are due at once: `critical`, `high`, `normal` or `low`. |
/// | `pool` | `"mail"` | `off` | The named limit of concurrent runs that its runs count against, or `off`. |
/// | `max_running` | `3` | unlimited; scheduled: by `overlap` | How many runs of it may go on at once; further ones wait. |
/// | `overlap` | `"queue"` | scheduled tasks and services: `skip`; other tasks: `allow` | Still running when another run is wanted: the new one is skipped (`skip`), waits as one of at most one or n (`queue`, `queue(n)`), takes the place of the old one (`replace`), or runs beside it and at most n in all (`allow`, `allow(n)`). |
/// | `essential` | `true` | `false` | Whether its failure ends the program, with exit code 1; of a service: its end for good. |
/// | `after` | `"migrate"` | none | One name or a list of names of tasks that must first have succeeded or called `cx.ready()`. |
/// | `on_shutdown` | `"finish"` | `cancel` if it listens, else `finish`; of a service `drop` | What shutdown does to a living run: ask it to stop, let it finish inside the drain, or drop it at once. |
/// | `stop_within` | `"1s"` | half the drain | How long shutdown leaves it alone while tasks that are `after` it still run, at most until the end of the drain. |
/// | `enabled` | `false` | `true` | Whether it starts by itself at all. |
/// | `crate` | `::renamed` | `::tasks_runtime` | Where the expansion finds `tasks-runtime`, for a crate that renames or re-exports it. |
///
/// Durations are written with their unit: `"1h 30m"`, `"250ms"`. `"off"` switches
/// off `jitter`, `spread`, `timeout`, `stop_after`, `deadline`, `retry` and `pool`. `timezone`
/// goes with `cron`, `align` with `every` and without `initial_delay`,
/// `initial_delay` with `every` and `delay`, and `misfire` not with `delay`, which
/// never misfires.
///
/// Every option but `name`, `crate` and `on` can also be set where the program runs: by a
/// file, by variables, by flags, and by `builder().configure(…)`.
///
/// # Examples
///
/// ```
/// use tasks_runtime::{Context, State, scheduled};
/// # #[derive(Clone)] struct Db;
/// # impl Db { async fn prune(&self) -> std::io::Result<u64> { Ok(0) } }
///
/// /// Deletes sessions that expired.
/// #[scheduled(every = "5m", after = "migrate")]
/// async fn prune_sessions(State(db): State<Db>) -> std::io::Result<u64> {
///     db.prune().await
/// }
///
/// #[scheduled(cron = "30 2 * * MON-FRI", timezone = "Europe/Madrid", timeout = "1h", retry = 3)]
/// async fn nightly_report(cx: Context) -> anyhow::Result<()> {
///     println!("the report that was due at {:?}", cx.scheduled_at());
///     Ok(())
/// }
///
/// /// Waits ten seconds between the end of one run and the start of the next.
/// #[scheduled(delay = "10s", on_start = true, tags = ["disk", "slow"])]
/// fn collect_garbage() {}
///
/// #[scheduled(at = "2030-01-31T09:00:00+01:00")]
/// async fn send_greetings() {}
/// ```
///
/// # Constants
///
/// A duration, a number, a flag or a text may be named or computed: by any
/// expression that can be the value of a `const`. A duration is a `Duration` or a
/// `&str`, a whole number of any usual type, `"off"` and `"unlimited"` as texts.
///
/// ```
/// use std::time::Duration;
/// use tasks_runtime::scheduled;
///
/// const POLL_INTERVAL: Duration = Duration::from_secs(30);
///
/// mod config {
///     pub const NIGHTLY: &str = "30 2 * * *";
///     pub const RETRIES: u32 = 3;
/// }
///
/// #[scheduled(every = POLL_INTERVAL, timeout = Duration::from_secs(10))]
/// async fn poll_feed() {}
///
/// #[scheduled(cron = config::NIGHTLY, retry = config::RETRIES, enabled = !cfg!(debug_assertions))]
/// async fn nightly_report() -> std::io::Result<()> {
///     Ok(())
/// }
/// ```
///
/// Durations and numbers are checked by the compiler, and the error stands at the
/// expression. The text of a `cron`, `at`, `timezone` or `pool`, and whether the
/// options go together, is then checked when the program starts, before anything
/// runs. `name`, `tags`, `after` and the options whose value is one of some words
/// are literals.
///
/// # Several schedules
///
/// Several `#[scheduled]` on one function are several tasks. Each has a name and
/// options of its own; one of them may leave `name` out and bears the function's.
/// [`registration!`] registers them all, and `Handle::spawn` takes the function for
/// the task without `name`.
///
/// ```
/// use tasks_runtime::{Context, scheduled};
///
/// /// Compares what is stored with what is there.
/// #[scheduled(every = "1h", timeout = "5m")]
/// #[scheduled(cron = "0 3 * * SUN", name = "reconcile-all", timeout = "2h")]
/// async fn reconcile(cx: Context) -> anyhow::Result<()> {
///     let all = cx.task() == "reconcile-all";
/// #   let _ = all;
///     Ok(())
/// }
/// ```
///
/// The first attribute expands the others with it and knows them by their word:
/// under another one (`use tasks_runtime::scheduled as sched`) write only one.
///
/// # Errors at compile time
///
/// As for [`macro@task`]; and a missing or second schedule, a cron expression that
/// can never fire, an unknown time zone, options that do not go together, and two
/// tasks of one name.
///
/// # Expansion
///
/// As for [`macro@task`]: the function, one hidden static, its registration.
#[proc_macro_attribute]
pub fn scheduled(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Scheduled, &arguments.into(), item.into()).into()
}

/// Makes a `Registration` of an annotated function, to register it by hand.
///
/// Annotated functions are found by themselves as long as the feature `inventory`
/// of `tasks-runtime` is on. Without it, or where a test wants a registry of its
/// own, each task is named to the builder.
///
/// # Examples
///
/// ```
/// use tasks_runtime::{Registration, registration};
///
/// mod jobs {
///     #[tasks_runtime::task(name = "send-mail")]
///     pub async fn send_mail() {}
/// }
///
/// let registration: Registration = registration!(jobs::send_mail);
/// assert_eq!(registration.task().definition().name, "send-mail");
/// ```
///
/// Where `tasks-runtime` has another name: `registration!(jobs::send_mail, crate = ::renamed)`.
///
/// # Errors at compile time
///
/// A function that is not annotated has no hidden static: the compiler cannot find
/// `__task_` with the function's name behind it.
#[proc_macro]
pub fn registration(input: TokenStream) -> TokenStream {
    registration::expand(input.into()).into()
}
