//! The figures of the table: their words, and how good they are to be.

/// What a figure is to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// At most so many times what `hand` has in the same turn.
    Ratio(f64),
    /// At most so much.
    Most(f64),
    /// At least so much.
    Least(f64),
}

/// A row of the table, for each workload that has the figure.
pub(crate) struct Figure {
    pub(crate) key: &'static str,
    pub(crate) label: &'static str,
    /// Whether a ratio to `hand` says anything.
    pub(crate) ratio: bool,
}

#[rustfmt::skip]
pub(crate) const FIGURES: &[Figure] = &[
    Figure { key: "ns", label: "ns a run", ratio: true },
    Figure { key: "p50_ms", label: "lag p50, ms", ratio: true },
    Figure { key: "p99_ms", label: "lag p99, ms", ratio: true },
    Figure { key: "max_ms", label: "lag max, ms", ratio: true },
    Figure { key: "fired_pct", label: "fired, % of due", ratio: false },
    Figure { key: "cpu_ns", label: "CPU ns each", ratio: true },
    Figure { key: "cpu_pct", label: "CPU, % of a core", ratio: true },
    Figure { key: "cpu_ms", label: "CPU ms in 30 s", ratio: true },
    Figure { key: "wakes", label: "wake-ups a second", ratio: false },
    Figure { key: "peak_mb", label: "peak MB", ratio: true },
    Figure { key: "bytes", label: "bytes each", ratio: true },
    Figure { key: "definition_bytes", label: "bytes of its definition", ratio: false },
    Figure { key: "beyond_bytes", label: "bytes beyond it", ratio: false },
    Figure { key: "add_ns", label: "ns to add each", ratio: true },
    Figure { key: "start_ns", label: "ns to start each", ratio: true },
    Figure { key: "shutdown_ms", label: "cancel to joined, ms", ratio: true },
    Figure { key: "first_us", label: "exec to first body, µs", ratio: true },
    Figure { key: "over_floor", label: "the same, times the floor", ratio: false },
    Figure { key: "over_one", label: "the same, times that of 1 task", ratio: false },
    Figure { key: "list_us", label: "list and exit, µs", ratio: true },
    Figure { key: "debug_s", label: "debug, s", ratio: true },
    Figure { key: "release_s", label: "release, s", ratio: true },
    Figure { key: "clean_s", label: "own crate, debug, s", ratio: true },
    Figure { key: "incremental_s", label: "after an edit, debug, s", ratio: true },
    Figure { key: "crates", label: "crates", ratio: true },
    Figure { key: "kb", label: "program, kB", ratio: true },
    Figure { key: "exit_ms", label: "to exit, ms", ratio: true },
    Figure { key: "code", label: "exit code", ratio: false },
];

/// Workload (by the beginning of its name), figure, goal.
const GOALS: &[(&str, &str, Goal)] = &[
    ("W1 ends at once", "ns", Goal::Ratio(0.85)),
    ("W1 ends at once", "cpu_ns", Goal::Ratio(0.85)),
    ("W1 yields once", "ns", Goal::Ratio(0.90)),
    ("W1", "peak_mb", Goal::Ratio(0.75)),
    ("W2", "bytes", Goal::Ratio(0.75)),
    ("W2 living runs, 100,000", "shutdown_ms", Goal::Ratio(1.0)),
    ("W3 spread, 100,000 entries", "p50_ms", Goal::Ratio(0.6)),
    ("W3 spread, 100,000 entries", "p99_ms", Goal::Ratio(0.75)),
    ("W3 spread, 100,000 entries", "cpu_ns", Goal::Ratio(1.0)),
    ("W3 spread, 1,000,000 entries", "p99_ms", Goal::Most(3.0)),
    ("W3 spread, 1,000,000 entries", "fired_pct", Goal::Least(99.5)),
    ("W3 herd, 100,000 entries", "p99_ms", Goal::Ratio(0.4)),
    ("W3 spread, 100,000 entries", "beyond_bytes", Goal::Most(100.0)),
    ("W4", "beyond_bytes", Goal::Most(100.0)),
    ("W4", "wakes", Goal::Most(0.4)),
    ("W5 start, 1 task", "over_floor", Goal::Most(1.25)),
    ("W5 start, 1,000 tasks", "over_one", Goal::Most(1.2)),
    ("W5 start, 10,000 tasks", "first_us", Goal::Ratio(1.8)),
    ("W6 hello world, default features", "debug_s", Goal::Ratio(1.25)),
    ("W6 hello world, default features", "release_s", Goal::Ratio(1.25)),
    ("W6 hello world, no default features", "debug_s", Goal::Ratio(1.0)),
    ("W6 hello world, no default features", "release_s", Goal::Ratio(1.0)),
    ("W6 1,000 functions", "clean_s", Goal::Ratio(1.15)),
    ("W6 1,000 functions", "incremental_s", Goal::Ratio(1.15)),
    ("W7 SIGTERM, 10,000 runs", "exit_ms", Goal::Ratio(1.1)),
    ("W7 SIGTERM, 100 runs", "exit_ms", Goal::Most(5_000.0)),
];

/// Returns what a figure of a workload is to be, if anybody said so.
pub(crate) fn goal(workload: &str, figure: &str) -> Option<Goal> {
    let goal = GOALS.iter().find(|(begin, key, _)| workload.starts_with(begin) && *key == figure);
    goal.map(|(_, _, goal)| *goal)
}
