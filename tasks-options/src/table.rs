//! The table of options.

use crate::{
    Attribute, Kind, RESTART, RETRY,
    kind::{MISFIRE, OVERLAP},
};

/// One option of `#[task]` or `#[scheduled]`, or one part of an option that has parts.
#[derive(PartialEq, Debug)]
pub struct OptionRow {
    /// The key as it is written.
    pub key: &'static str,
    /// Which attributes know it.
    pub scope: Scope,
    /// What its value may be.
    pub kind: Kind,
    /// How the documentation shows a value.
    pub example: &'static str,
    /// What holds when it is left out, for the documentation.
    pub default: &'static str,
    /// What it means, for the documentation and for editors.
    pub meaning: &'static str,
}

/// The attributes that know an option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Both know it.
    Both,
    /// Only `#[task]` knows it.
    Task,
    /// Only `#[scheduled]` knows it.
    Scheduled,
}

impl Scope {
    /// Returns whether an attribute knows the option.
    #[must_use]
    pub fn covers(self, attribute: Attribute) -> bool {
        match self {
            Self::Both => true,
            Self::Task => attribute == Attribute::Task,
            Self::Scheduled => attribute == Attribute::Scheduled,
        }
    }
}

pub(crate) const fn row(
    key: &'static str,
    scope: Scope,
    kind: Kind,
    example: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> OptionRow {
    OptionRow { key, scope, kind, example, default, meaning }
}

/// Every option, in the order of the documentation.
#[rustfmt::skip]
pub const OPTIONS: &[OptionRow] = &[
    row("every", Scope::Scheduled, Kind::Period("Every"), "\"5m\"", "",
        "Fixed rate: first one period after `ready`, then on a grid that never drifts."),
    row("delay", Scope::Scheduled, Kind::Period("Delay"), "\"30s\"", "",
        "Fixed delay: from the end of one scheduled run, retries included, to the start of the next."),
    row("cron", Scope::Scheduled, Kind::Cron, "\"30 2 * * MON-FRI\"", "",
        "5 fields, or 6 with seconds first, or 7 with a year last; or `@hourly`, `@daily` and the like."),
    row("at", Scope::Scheduled, Kind::Instant, "\"2030-01-31T09:00:00Z\"", "",
        "Once, at an RFC 3339 instant."),
    row("timezone", Scope::Scheduled, Kind::Zone, "\"Europe/Madrid\"", "`builder().timezone(…)`, else `UTC`",
        "The zone in which `cron` is read: an IANA name, or `local`, the machine's own."),
    row("initial_delay", Scope::Scheduled, Kind::Duration { zero: true }, "\"0s\"", "one period; with `delay`: `0s`",
        "The time before the first firing of `every` or `delay`."),
    row("align", Scope::Scheduled, Kind::Bool, "true", "`false`",
        "Whether the grid of `every` stands on the wall clock, from midnight UTC; the period divides 24 h."),
    row("on_start", Scope::Scheduled, Kind::Bool, "true", "`false`",
        "One more firing as soon as the program is ready."),
    row("jitter", Scope::Scheduled, Kind::Spread, "\"10s\"", "`off`",
        "The longest random delay of a firing, drawn afresh for each and cut to the period, or `off`."),
    row("spread", Scope::Scheduled, Kind::Spread, "\"10s\"", "`off`",
        "Moves every firing by a fixed offset of less than this, a hash of the machine's and the task's names, so that replicas do not fire together; cut to the period, or `off`."),
    row("misfire", Scope::Scheduled, Kind::Counted("Misfire", MISFIRE), "\"skip\"", "`once`",
        "Due instants that passed unserved: one run for the latest of them (`once`), none (`skip`), or one for each of the latest n (`all(n)`)."),
    row("start", Scope::Task, Kind::Choice("Start", &[("boot", "Boot"), ("manual", "Manual")]), "\"manual\"", "`boot`",
        "Whether it starts with the program or only when somebody asks."),
    row("name", Scope::Both, Kind::Name, "\"prune-sessions\"", "the function's name",
        "Its name, unique in the program: letters, digits, `_` and `-`."),
    row("tags", Scope::Both, Kind::Words("a tag"), "[\"mail\", \"nightly\"]", "none",
        "One word or a list of words to choose tasks by: `--only-tasks tag:mail`."),
    row("timeout", Scope::Both, Kind::Limit, "\"30s\"", "`off`; for a scheduled `async fn`: `5m`",
        "Limit for one attempt, or `off`."),
    row("stop_after", Scope::Both, Kind::Limit, "\"10m\"", "`off`",
        "The time after which a body that takes `Context` or `CancellationToken` is asked to finish, or `off`; what ends well within `grace` has succeeded."),
    row("deadline", Scope::Both, Kind::Limit, "\"10m\"", "`off`",
        "Limit for the whole run, attempts and the waits between them together, or `off`."),
    row("grace", Scope::Both, Kind::Duration { zero: true }, "\"5s\"", "`2s`",
        "How long a body that takes `Context` or `CancellationToken` may go on once it is asked to stop."),
    row("retry", Scope::Both, Kind::Parts(&RETRY), "3", "`0`",
        "Attempts after the first, `unlimited`, `off`, or a list: `retry(max = 3, delay = \"1s\", factor = 2, max_delay = \"1m\", jitter = \"full\", panics = false, on = path)`."),
    row("restart", Scope::Task, Kind::Parts(&RESTART), "\"on-failure\"", "`never`",
        "After which ends it is started again, which makes it a service: `on-failure`, `always`, `never` or `off`, or a list: `restart(policy = \"on-failure\", delay = \"100ms\", factor = 2, max_delay = \"30s\", jitter = \"full\", max = 5, within = \"30s\")`."),
    row("priority", Scope::Both, Kind::Choice("Priority", &[("critical", "Critical"), ("high", "High"), ("normal", "Normal"), ("low", "Low")]), "\"high\"", "`normal`",
        "Who is admitted first when a pool is full or several are due at once: `critical`, `high`, `normal` or `low`."),
    row("pool", Scope::Both, Kind::Pool, "\"mail\"", "`off`",
        "The named limit of concurrent runs that its runs count against, or `off`."),
    row("max_running", Scope::Both, Kind::Count(u32::MAX), "3", "unlimited; scheduled: by `overlap`",
        "How many runs of it may go on at once; further ones wait."),
    row("overlap", Scope::Both, Kind::Counted("Overlap", OVERLAP), "\"queue\"", "scheduled tasks and services: `skip`; other tasks: `allow`",
        "Still running when another run is wanted: the new one is skipped (`skip`), waits as one of at most one or n (`queue`, `queue(n)`), takes the place of the old one (`replace`), or runs beside it and at most n in all (`allow`, `allow(n)`)."),
    row("essential", Scope::Both, Kind::Bool, "true", "`false`",
        "Whether its failure ends the program, with exit code 1; of a service: its end for good."),
    row("after", Scope::Both, Kind::Words("a task's name"), "\"migrate\"", "none",
        "One name or a list of names of tasks that must first have succeeded or called `cx.ready()`."),
    row("on_shutdown", Scope::Both, Kind::Choice("OnShutdown", &[("cancel", "Cancel"), ("finish", "Finish"), ("drop", "Drop")]), "\"finish\"", "`cancel` if it listens, else `finish`; of a service `drop`",
        "What shutdown does to a living run: ask it to stop, let it finish inside the drain, or drop it at once."),
    row("stop_within", Scope::Both, Kind::Duration { zero: false }, "\"1s\"", "half the drain",
        "How long shutdown leaves it alone while tasks that are `after` it still run, at most until the end of the drain."),
    row("enabled", Scope::Both, Kind::Bool, "false", "`true`",
        "Whether it starts by itself at all."),
    row("crate", Scope::Both, Kind::Crate, "::renamed", "`::tasks_runtime`",
        "Where the expansion finds `tasks-runtime`, for a crate that renames or re-exports it."),
];

/// The keys of which a schedule has exactly one.
pub const SCHEDULES: [&str; 4] = ["every", "delay", "cron", "at"];

/// Finds an option by its key.
#[must_use]
pub fn option(key: &str) -> Option<&'static OptionRow> {
    OPTIONS.iter().find(|row| row.key == key)
}

/// Returns the keys that an attribute knows, in the order of the documentation.
pub fn keys(attribute: Attribute) -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().filter(move |row| row.scope.covers(attribute)).map(|row| row.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_occurs_twice() {
        for (index, row) in OPTIONS.iter().enumerate() {
            assert!(OPTIONS[..index].iter().all(|other| other.key != row.key), "{}", row.key);
        }
    }
}
