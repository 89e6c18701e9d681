//! The one table of options: parsing, suggestions, completion and documentation read it.

use crate::attr::Attribute;

/// One option of `#[task]` or `#[scheduled]`.
pub(crate) struct OptionRow {
    /// The key as it is written.
    pub(crate) key: &'static str,
    /// Which attributes know it.
    pub(crate) scope: Scope,
    /// What its value may be.
    pub(crate) kind: Kind,
    /// How the documentation shows a value.
    pub(crate) example: &'static str,
    /// What holds when it is left out, for the documentation.
    pub(crate) default: &'static str,
    /// What it means, for the documentation and for editors.
    pub(crate) meaning: &'static str,
}

/// The attributes that know an option.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Both,
    Task,
    Scheduled,
}

impl Scope {
    pub(crate) fn covers(self, attribute: Attribute) -> bool {
        match self {
            Self::Both => true,
            Self::Task => attribute == Attribute::Task,
            Self::Scheduled => attribute == Attribute::Scheduled,
        }
    }
}

/// What the value of an option may be, and so what the expansion makes of it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// A name by the rule for task names.
    Name,
    /// One word, or a list of words; the text says what a word is.
    Words(&'static str),
    /// A duration.
    Duration { zero: bool },
    /// A duration that zero and `off` switch off.
    Spread,
    /// A duration, or `off`.
    Limit,
    /// A number of attempts, or a list of what makes up a retry.
    Retry,
    /// One of some words: the type in `tasks-core`, and each word with its variant.
    Choice(&'static str, &'static [(&'static str, &'static str)]),
    /// One of some words, some of which take a number: the type in `tasks-core`, and the words.
    Counted(&'static str, &'static [CountedWord]),
    /// A whole number from 1.
    Count,
    /// The name of a pool, or `off`.
    Pool,
    /// `true` or `false`.
    Bool,
    /// A fixed period: a variant of `Schedule`.
    Period(&'static str),
    /// A cron expression.
    Cron,
    /// An RFC 3339 instant.
    Instant,
    /// The name of a time zone.
    Zone,
    /// The path of a crate.
    Crate,
}

/// A word that may stand alone, with a number, or both: `queue`, `queue(2)`.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct CountedWord {
    pub(crate) word: &'static str,
    /// What it means alone.
    pub(crate) alone: Option<Counted>,
    /// The variant that holds its number.
    pub(crate) counted: Option<&'static str>,
}

/// A variant, and the number in it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Counted {
    pub(crate) variant: &'static str,
    pub(crate) number: Option<u32>,
}

const fn plain(word: &'static str, variant: &'static str) -> CountedWord {
    CountedWord { word, alone: Some(Counted { variant, number: None }), counted: None }
}

const OVERLAP: &[CountedWord] = &[
    plain("skip", "Skip"),
    CountedWord {
        word: "queue",
        alone: Some(Counted { variant: "Queue", number: Some(1) }),
        counted: Some("Queue"),
    },
    plain("replace", "Replace"),
    CountedWord {
        word: "allow",
        alone: Some(Counted { variant: "Allow", number: None }),
        counted: Some("AllowUpTo"),
    },
];

const MISFIRE: &[CountedWord] = &[
    plain("once", "Once"),
    plain("skip", "Skip"),
    CountedWord { word: "all", alone: None, counted: Some("All") },
];

const fn row(
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
pub(crate) const OPTIONS: &[OptionRow] = &[
    row("every", Scope::Scheduled, Kind::Period("Every"), "\"5m\"", "",
        "Fixed rate: first one period after `ready`, then on a grid that never drifts."),
    row("delay", Scope::Scheduled, Kind::Period("Delay"), "\"30s\"", "",
        "Fixed delay: from the end of one scheduled run, retries included, to the start of the next."),
    row("cron", Scope::Scheduled, Kind::Cron, "\"30 2 * * MON-FRI\"", "",
        "5 fields, or 6 with seconds first, or 7 with a year last; or `@hourly`, `@daily` and the like."),
    row("at", Scope::Scheduled, Kind::Instant, "\"2030-01-31T09:00:00Z\"", "",
        "Once, at an RFC 3339 instant."),
    row("timezone", Scope::Scheduled, Kind::Zone, "\"Europe/Madrid\"", "`UTC`",
        "The IANA zone in which `cron` is read."),
    row("initial_delay", Scope::Scheduled, Kind::Duration { zero: true }, "\"0s\"", "one period; with `delay`: `0s`",
        "The time before the first firing of `every` or `delay`."),
    row("align", Scope::Scheduled, Kind::Bool, "true", "`false`",
        "Whether the grid of `every` stands on the wall clock, from midnight UTC; the period divides 24 h."),
    row("on_start", Scope::Scheduled, Kind::Bool, "true", "`false`",
        "One more firing as soon as the program is ready."),
    row("jitter", Scope::Scheduled, Kind::Spread, "\"10s\"", "`off`",
        "The longest random delay of a firing, drawn afresh for each and cut to the period, or `off`."),
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
    row("retry", Scope::Both, Kind::Retry, "3", "`0`",
        "Attempts after the first, `unlimited`, `off`, or a list: `retry(max = 3, delay = \"1s\", factor = 2, max_delay = \"1m\", jitter = \"full\", panics = false, on = path)`."),
    row("priority", Scope::Both, Kind::Choice("Priority", &[("critical", "Critical"), ("high", "High"), ("normal", "Normal"), ("low", "Low")]), "\"high\"", "`normal`",
        "Who is admitted first when a pool is full or several are due at once: `critical`, `high`, `normal` or `low`."),
    row("pool", Scope::Both, Kind::Pool, "\"mail\"", "`off`",
        "The named limit of concurrent runs that its runs count against, or `off`."),
    row("max_running", Scope::Both, Kind::Count, "3", "unlimited; scheduled: by `overlap`",
        "How many runs of it may go on at once; further ones wait."),
    row("overlap", Scope::Both, Kind::Counted("Overlap", OVERLAP), "\"queue\"", "scheduled: `skip`; task: `allow`",
        "Still running when another run is wanted: the new one is skipped (`skip`), waits as one of at most one or n (`queue`, `queue(n)`), takes the place of the old one (`replace`), or runs beside it and at most n in all (`allow`, `allow(n)`)."),
    row("essential", Scope::Both, Kind::Bool, "true", "`false`",
        "Whether its failure ends the program, with exit code 1."),
    row("after", Scope::Both, Kind::Words("a task's name"), "\"migrate\"", "none",
        "One name or a list of names of tasks that must first have succeeded or called `cx.ready()`."),
    row("on_shutdown", Scope::Both, Kind::Choice("OnShutdown", &[("cancel", "Cancel"), ("finish", "Finish"), ("drop", "Drop")]), "\"finish\"", "`cancel` if it listens, else `finish`",
        "What shutdown does to a living run: ask it to stop, let it finish inside the drain, or drop it at once."),
    row("enabled", Scope::Both, Kind::Bool, "false", "`true`",
        "Whether it starts by itself at all."),
    row("crate", Scope::Both, Kind::Crate, "::renamed", "`::tasks_runtime`",
        "Where the expansion finds `tasks-runtime`, for a crate that renames or re-exports it."),
];

/// The keys of which a schedule has exactly one.
pub(crate) const SCHEDULES: [&str; 4] = ["every", "delay", "cron", "at"];

/// The words that stand inside `retry(…)`, with their meaning.
pub(crate) const RETRY: &[(&str, &str)] = &[
    ("max", "Attempts after the first, or `unlimited`."),
    ("delay", "The wait before the second attempt; `1s` by default."),
    ("factor", "By how much each further wait grows; 2 by default."),
    ("max_delay", "The longest wait; `1m` by default."),
    ("jitter", "`full` spreads each wait evenly up to its length, `off` keeps it exact."),
    ("panics", "Whether a panic is retried too; `false` by default."),
    ("on", "A function `fn(&E) -> bool` that says which errors are retried."),
];

/// What people write who come from somewhere else, and what it is called here.
#[rustfmt::skip]
const SLIPS: &[(&str, &str)] = &[
    ("interval", "every"), ("period", "every"), ("rate", "every"), ("fixed_rate", "every"), ("each", "every"), ("repeat", "every"),
    ("fixed_delay", "delay"), ("pause", "delay"),
    ("schedule", "cron"), ("expression", "cron"), ("crontab", "cron"),
    ("once", "at"), ("when", "at"), ("date", "at"), ("datetime", "at"),
    ("tz", "timezone"), ("zone", "timezone"), ("time_zone", "timezone"),
    ("start_delay", "initial_delay"), ("startup_delay", "initial_delay"), ("first", "initial_delay"),
    ("run_on_start", "on_start"), ("run_at_start", "on_start"), ("immediate", "on_start"), ("on_startup", "on_start"), ("on_boot", "on_start"),
    ("align_to", "align"), ("aligned", "align"), ("wall_clock", "align"),
    ("random_delay", "jitter"), ("randomized_delay", "jitter"), ("splay", "jitter"),
    ("catch_up", "misfire"), ("catchup", "misfire"), ("coalesce", "misfire"), ("missed", "misfire"), ("on_misfire", "misfire"), ("misfire_policy", "misfire"),
    ("autostart", "start"), ("auto_start", "start"), ("trigger", "start"),
    ("id", "name"), ("title", "name"), ("rename", "name"),
    ("tag", "tags"), ("labels", "tags"), ("label", "tags"), ("groups", "tags"),
    ("limit", "timeout"), ("time_limit", "timeout"), ("max_duration", "timeout"), ("time_box", "stop_after"), ("timebox", "stop_after"), ("soft_timeout", "stop_after"), ("run_for", "stop_after"), ("ttl", "deadline"), ("total_timeout", "deadline"),
    ("grace_period", "grace"), ("shutdown_timeout", "grace"),
    ("retries", "retry"), ("max_retries", "retry"), ("attempts", "retry"), ("max_attempts", "retry"), ("backoff", "retry"), ("retry_delay", "retry"),
    ("prio", "priority"), ("importance", "priority"),
    ("queue", "pool"), ("semaphore", "pool"), ("lane", "pool"),
    ("concurrency", "max_running"), ("max_concurrent", "max_running"), ("max_concurrency", "max_running"), ("max_instances", "max_running"), ("max_runs", "max_running"), ("instances", "max_running"), ("parallelism", "max_running"),
    ("concurrent", "overlap"), ("allow_overlap", "overlap"), ("singleton", "overlap"), ("exclusive", "overlap"),
    ("critical", "essential"), ("required", "essential"), ("fatal", "essential"), ("vital", "essential"),
    ("depends_on", "after"), ("depends", "after"), ("requires", "after"), ("needs", "after"), ("dependencies", "after"), ("wait_for", "after"),
    ("shutdown", "on_shutdown"), ("on_stop", "on_shutdown"), ("on_cancel", "on_shutdown"), ("shutdown_policy", "on_shutdown"),
    ("enable", "enabled"), ("disabled", "enabled"), ("active", "enabled"), ("skip", "enabled"),
    ("krate", "crate"), ("crate_path", "crate"), ("path", "crate"),
];

/// Finds an option by its key.
pub(crate) fn option(key: &str) -> Option<&'static OptionRow> {
    OPTIONS.iter().find(|row| row.key == key)
}

/// Returns the keys that an attribute knows, in the order of the documentation.
pub(crate) fn keys(attribute: Attribute) -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().filter(move |row| row.scope.covers(attribute)).map(|row| row.key)
}

/// Guesses which option somebody meant. The other attribute's options come
/// second: the right answer to `interval` on a `#[task]` is `every`, elsewhere.
pub(crate) fn meant(word: &str, attribute: Attribute) -> Option<&'static OptionRow> {
    let slip = SLIPS.iter().find(|(slip, _)| slip.eq_ignore_ascii_case(word)).map(|&(_, key)| key);
    slip.or_else(|| tasks_schedule::suggest(word, keys(attribute)))
        .or_else(|| tasks_schedule::suggest(word, OPTIONS.iter().map(|row| row.key)))
        .and_then(option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slip_leads_to_an_option_and_is_none_itself() {
        for (slip, key) in SLIPS {
            assert!(option(key).is_some(), "{slip} leads to {key}, which is no option");
            assert!(option(slip).is_none(), "{slip} is an option");
        }
    }

    #[test]
    fn no_key_occurs_twice() {
        for (index, row) in OPTIONS.iter().enumerate() {
            assert!(OPTIONS[..index].iter().all(|other| other.key != row.key), "{}", row.key);
        }
    }
}
