//! Durations: against `humantime`, whose grammar they share, and every
//! message word by word.

mod support;

use std::time::Duration;

use support::Random;
use tasks_schedule::{MAX_DURATION, MIN_DURATION, format_duration, parse_duration};

const SEED: u64 = 0x0D0A_0001;

const UNITS: &[&str] = &[
    "ns", "nsec", "nanos", "us", "usec", "µs", "ms", "msec", "millis", "s", "sec", "secs", "second",
    "seconds", "m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours", "d", "day",
    "days", "w", "wk", "wks", "week", "weeks", "M", "month", "months", "y", "yr", "yrs", "year", "years",
    "S", "MS", "H", "x", "μs", "",
];

fn random_duration(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.between(1, 3) {
        let most = *random.pick(&[&9, &99, &999, &100_000, &i64::MAX]);
        let most = if random.one_in(3) { most } else { most.min(99) };
        text += &random.between(0, most - 1).to_string();
        if random.one_in(4) {
            let most = *random.pick(&[&9, &9999]);
            text += &format!(".{}", random.between(0, most));
        }
        text += random.pick(&["", "", "", " ", "  "]);
        text += random.pick(UNITS);
        text += random.pick(&["", " ", " ", "\t"]);
    }
    if random.one_in(10) {
        let at = text.char_indices().nth(random.between(0, 5).unsigned_abs() as usize);
        let at = at.map_or(0, |(at, _)| at);
        text.insert_str(at, random.pick(&["-", "+", ".", "e", "_", "\u{a0}", "0", " ", ",", "é"]));
    }
    text
}

/// Why we may refuse what `humantime` accepts: the places where our grammar is
/// stricter.
fn is_stricter(text: &str, theirs: Duration, message: &str) -> bool {
    let has_space_in_number = || {
        let mut words = text.split_whitespace().peekable();
        let mut found = false;
        while let Some(word) = words.next() {
            let ends = word.ends_with(|c: char| c.is_ascii_digit() || c == '.');
            let next = words.peek().is_some_and(|w| w.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
            found |= ends && next;
        }
        found
    };
    message.contains("no fixed length") && text.contains(['M', 'o', 'y'])
        || message.contains("occurs twice")
        || message.contains("longer than 10 years") && theirs > MAX_DURATION
        || message.contains("shorter than a millisecond") && theirs < MIN_DURATION
        || text.contains('\u{a0}')
        || has_space_in_number()
        || text.trim() == "0"
        || text.contains(". ")
        || text.contains(".\t")
        || text.contains(" .")
}

#[test]
fn humantime_reads_the_same_and_only_we_are_stricter() {
    let mut random = Random::new(SEED);
    let (mut same, mut both_refuse, mut stricter) = (0, 0, 0);
    for _ in 0..300_000 {
        let text = random_duration(&mut random);
        let context = format!("seed {SEED:#x}, `{text}`");
        match (parse_duration(&text), humantime::parse_duration(&text)) {
            (Ok(ours), Ok(theirs)) => {
                assert_eq!(ours, theirs, "{context}");
                same += 1;
            }
            (Ok(ours), Err(error)) => panic!("only humantime refuses {ours:?}: {error}: {context}"),
            (Err(error), Ok(theirs)) => {
                let message = error.to_string();
                assert!(is_stricter(&text, theirs, &message), "only we refuse: {error}: {context}");
                stricter += 1;
            }
            (Err(_), Err(_)) => both_refuse += 1,
        }
    }
    assert!(same > 60_000 && both_refuse > 30_000 && stricter > 30_000, "{same} {both_refuse} {stricter}");
}

#[test]
fn what_is_shown_can_be_read_back() {
    let mut random = Random::new(SEED + 1);
    for _ in 0..100_000 {
        let most = *random.pick(&[
            &1_000i64,
            &100_000,
            &10_000_000_000,
            &1_000_000_000_000_000,
            &315_576_000_000_000_000,
        ]);
        let nanos = random.between(1_000_000, most.max(1_000_001)).unsigned_abs();
        let duration = Duration::from_nanos(nanos);
        let shown = format_duration(duration).to_string();
        assert_eq!(parse_duration(&shown), Ok(duration), "seed {SEED:#x}, `{shown}`");
    }
    for (seconds, shown) in [
        (0, "0s"),
        (1, "1s"),
        (90, "1m 30s"),
        (3600, "1h"),
        (86_400, "1day"),
        (90_000, "1day 1h"),
        (40 * 86_400, "40days"),
        (315_576_000, "3652days 12h"),
    ] {
        assert_eq!(format_duration(Duration::from_secs(seconds)).to_string(), shown);
    }
    assert_eq!(parse_duration("3652days 12h"), Ok(MAX_DURATION));
    let longest = format_duration(Duration::MAX).to_string();
    assert!(longest.starts_with("213503982334601days"), "{longest}");
}

#[track_caller]
fn refused(text: &str, message: &str, general: &str, place: (usize, usize)) {
    let error = parse_duration(text).expect_err(text);
    assert_eq!(error.to_string(), message, "for `{text}`");
    assert!(error.message().contains(general), "for `{text}`: {}", error.message());
    assert_eq!((error.offset(), error.len()), place, "for `{text}`");
    assert_eq!(error.is_empty(), text.trim().is_empty(), "for `{text}`");
}

#[test]
fn every_mistake_is_told_with_place_and_remedy() {
    let empty = "the duration is empty: write a number and a unit, such as `5s`";
    refused("", empty, empty, (0, 0));
    refused("  ", empty, empty, (0, 0));

    let unit = |number: &str| format!("a unit is needed: write `{number}s`, `{number}m` or `{number}h`");
    refused("5", &unit("5"), "a unit is needed", (0, 1));
    refused("0", &unit("0"), "a unit is needed", (0, 1));
    refused("1h 30", &unit("30"), "a unit is needed", (3, 2));
    refused("1 0s", &unit("1"), "a unit is needed", (0, 1));
    refused("1.5", &unit("1.5"), "a unit is needed", (0, 3));

    let unknown = |word: &str| format!("unknown unit `{word}`: the units are ns, us, ms, s, m, h, d and w");
    refused("5x", &unknown("x"), "unknown unit", (1, 1));
    refused("5 S", &unknown("S"), "unknown unit", (2, 1));
    refused("5min5", &unit("5"), "a unit is needed", (4, 1));
    refused("1h30minuten", &unknown("minuten"), "unknown unit", (4, 7));
    refused("1abcdefghijklmnopqrstuvwxyzabc", &unknown("abcdefghijklmnopqrstuvwx…"), "unknown unit", (1, 29));
    // The text is cut between characters, not inside one.
    let micro = format!("1a{}", "µ".repeat(20));
    refused(&micro, &unknown(&format!("a{}…", "µ".repeat(11))), "unknown unit", (1, 41));

    refused(
        "1M",
        "`M` means months, which have no fixed length: write `m` for minutes, days, or use a cron expression",
        "`M` means months",
        (1, 1),
    );
    for (text, word) in [("2 months", "months"), ("1year", "year"), ("3y", "y")] {
        let message = format!("`{word}` has no fixed length: write days, or use a cron expression");
        refused(text, &message, "no fixed length", (text.len() - word.len(), word.len()));
    }

    refused("5m 5m", "the unit `m` occurs twice: add the two up", "occurs twice", (4, 1));
    refused("5m 5min", "the unit `min` occurs twice: add the two up", "occurs twice", (4, 3));

    let stray = |found: &str| {
        format!("`{found}` does not belong in a duration: write numbers with units, such as `1h 30m`")
    };
    let general = "does not belong in a duration";
    refused("-5s", &stray("-"), general, (0, 1));
    refused("+5s", &stray("+"), general, (0, 1));
    refused("1_000s", &stray("_"), general, (1, 1));
    refused("1,5s", &stray(","), general, (1, 1));
    refused("1.s", &stray("."), general, (1, 1));
    refused(".5s", &stray("."), general, (0, 1));
    refused("5\u{a0}m", &stray("\\u{a0}"), general, (1, 2));
    refused("1\u{3bc}s", &stray("\u{3bc}"), general, (1, 2));
    refused("5s;", &stray(";"), general, (2, 1));

    refused("s", "a number is needed before `s`", "a number is needed", (0, 1));
    refused("1h sec", "a number is needed before `sec`", "a number is needed", (3, 3));

    let fine = |found: &str| format!("`{found}` is too fine: use a smaller unit");
    refused("1.5ns", &fine("1.5ns"), "too fine", (0, 5));
    refused("0.0001h", &fine("0.0001h"), "too fine", (0, 7));
    refused("0.0000000001s", &fine("0.0000000001s"), "too fine", (0, 13));
    let digits = format!("0.{}s", "1".repeat(30));
    assert!(parse_duration(&digits).expect_err("30 digits").to_string().contains("too fine"));

    let long = |found: &str| format!("`{found}` is longer than 10 years (3652days 12h)");
    refused("3653days", &long("3653days"), "longer than 10 years", (0, 8));
    refused("315576001s", &long("315576001s"), "longer than 10 years", (0, 10));
    let endless = "99999999999999999999999999999999999999999999w";
    assert!(parse_duration(endless).expect_err("endless").to_string().contains("longer than 10 years"));

    let short = |found: &str| format!("`{found}` is shorter than a millisecond: write `1ms` or more");
    refused("999us", &short("999us"), "shorter than a millisecond", (0, 5));
    refused("0s 1ns", &short("0s 1ns"), "shorter than a millisecond", (0, 6));

    let shown = format!("{:?}", parse_duration("5x").expect_err("unknown"));
    assert_eq!(shown, "DurationError { problem: UnknownUnit, offset: 1, found: \"x\" }");
}

#[test]
fn zero_and_the_limits_are_durations() {
    for (text, duration) in [
        ("0s", Duration::ZERO),
        ("0h 0ms", Duration::ZERO),
        ("1ms", MIN_DURATION),
        ("1000us", MIN_DURATION),
        ("0.001s", MIN_DURATION),
        ("1.5h", Duration::from_secs(5400)),
        ("0.5d", Duration::from_secs(43_200)),
        ("1h30m", Duration::from_secs(5400)),
        (" 1h\t30m\n", Duration::from_secs(5400)),
        ("2w 1d", Duration::from_secs(15 * 86_400)),
        ("315576000s", MAX_DURATION),
        ("3652days 12h", MAX_DURATION),
        ("1ms 1ns", Duration::from_nanos(1_000_001)),
    ] {
        assert_eq!(parse_duration(text), Ok(duration), "`{text}`");
    }
}

#[test]
fn const_evaluation_can_read_a_duration() {
    const HALF_HOUR: Duration = match parse_duration("30m") {
        Ok(duration) => duration,
        Err(error) => panic!("{}", error.message()),
    };
    assert_eq!(HALF_HOUR, Duration::from_secs(1800));
}
