//! Names of tasks, and the guess which word a user had in mind.

use tasks_schedule::{name, suggest};

#[test]
fn names_follow_the_rule() {
    let longest = format!("a{}", "1".repeat(63));
    for good in ["a", "A", "prune_sessions", "Prune-Sessions", "a1-b_2", "x9", &longest] {
        assert_eq!(name::check(good), Ok(()), "{good}");
    }
    let too_long = format!("{longest}2");
    let only = |found, column| {
        format!("a task's name has letters, digits, `_` and `-` only, not `{found}` (column {column})")
    };
    for (bad, message, offset) in [
        ("", "a task's name is empty".to_owned(), 0),
        ("1a", "a task's name starts with a letter, not with `1`".to_owned(), 0),
        ("_a", "a task's name starts with a letter, not with `_`".to_owned(), 0),
        ("-a", "a task's name starts with a letter, not with `-`".to_owned(), 0),
        ("a__b", "a task's name has no two separators in a row (column 3)".to_owned(), 2),
        ("a-_b", "a task's name has no two separators in a row (column 3)".to_owned(), 2),
        ("a_", "a task's name does not end with a separator (column 2)".to_owned(), 1),
        ("ab-", "a task's name does not end with a separator (column 3)".to_owned(), 2),
        ("a b", only(" ", 2), 1),
        ("a.b", only(".", 2), 1),
        ("aé", only("é", 2), 1),
        ("é", only("é", 1), 0),
        ("a\n", only("\\n", 2), 1),
        (&too_long, "a task's name is longer than 64 characters".to_owned(), 64),
    ] {
        let error = name::check(bad).expect_err(bad);
        assert_eq!(error.to_string(), message, "{bad:?}");
        assert_eq!(error.offset(), offset, "{bad:?}");
    }
}

#[test]
fn names_that_differ_in_case_and_separators_are_equal() {
    for same in ["prune_sessions", "prune-sessions", "PRUNE-SESSIONS", "Prune_sessions"] {
        assert_eq!(name::fold(same), "prune_sessions");
    }
    assert_ne!(name::fold("prunesessions"), name::fold("prune_sessions"));
}

const OPTIONS: [&str; 12] = [
    "name",
    "tags",
    "timeout",
    "timezone",
    "every",
    "delay",
    "initial_delay",
    "at",
    "cron",
    "retry",
    "on_shutdown",
    "priority",
];

#[test]
fn near_words_are_suggested_and_far_ones_are_not() {
    for (word, meant) in [
        ("timout", "timeout"),
        ("timeuot", "timeout"),
        ("TIMEOUT", "timeout"),
        ("time_zone", "timezone"),
        ("timezome", "timezone"),
        ("evry", "every"),
        ("delay_initial", "initial_delay"),
        ("initial-delay", "initial_delay"),
        ("shutdown_on", "on_shutdown"),
        ("corn", "cron"),
        ("ta", "at"),
        ("prioritiy", "priority"),
    ] {
        assert_eq!(suggest(word, OPTIONS), Some(meant), "{word}");
    }
    // `retries` is three edits away from `retry`: such slips have to be listed
    // by name where they are expected.
    for word in ["", "x", "interval", "retries", "pool", "memory_limit", "zz"] {
        assert_eq!(suggest(word, OPTIONS), None, "{word}");
    }
    assert_eq!(suggest("x", []), None);
}

#[test]
fn the_nearest_word_wins_and_of_equals_the_first() {
    assert_eq!(suggest("delays", ["relay", "delay"]), Some("delay"));
    assert_eq!(suggest("cat", ["bat", "car"]), Some("bat"));
    assert_eq!(suggest("bat", ["BAR", "BAT"]), Some("BAT"));
    assert_eq!(suggest("caat", ["cart", "cat"]), Some("cart"));
    assert_eq!(suggest("Europe/Madird", ["Europe/Dublin", "Europe/Madrid"]), Some("Europe/Madrid"));
}

#[test]
fn a_hostile_word_costs_little() {
    let word = "a".repeat(1_000_000);
    let started = std::time::Instant::now();
    assert_eq!(suggest(&word, OPTIONS), None);
    assert!(started.elapsed().as_secs() < 5);
}
