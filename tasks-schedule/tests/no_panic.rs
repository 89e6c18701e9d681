//! No text makes a parser panic, and what an error says of a place is a place
//! in that text.

use proptest::prelude::*;
use tasks_schedule::{CivilDateTime, Cron, name, parse_duration, parse_rfc3339, suggest};

/// Texts that look a little like what the parsers read, and texts that do not.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        "[0-9*/,\\-#LW? @A-Za-z]{0,40}",
        "([0-9*/,\\-#LW]{1,6} ){4,6}[0-9*/,\\-#LW]{1,6}",
        "([0-9]{1,25}[.]?[0-9]{0,25} ?[a-zA-Zµ]{0,12} ?){1,4}",
        "[A-Za-z_\\-]{0,80}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cron(text in text()) {
        match Cron::parse(&text) {
            Ok(cron) => {
                let start = CivilDateTime::new(2026, 1, 1, 0, 0, 0).expect("a date");
                if let Some(next) = cron.next_after(start) {
                    prop_assert!(next > start);
                    prop_assert!(cron.latest_at_or_before(next) == Some(next));
                    prop_assert_eq!(cron.count_between(start, next), 1);
                }
                prop_assert_eq!(Cron::parse(cron.as_str()).expect("it parsed before"), cron);
            }
            Err(error) => {
                prop_assert!(text[error.offset()..].starts_with(error.found()) || text.contains('@'));
                prop_assert_eq!(text[..error.offset()].chars().count() + 1, error.column());
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn duration(text in text()) {
        if let Err(error) = parse_duration(&text) {
            prop_assert!(text.get(error.offset()..error.offset() + error.len()).is_some());
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.is_empty());
        }
    }

    #[test]
    fn names_and_suggestions(text in text(), other in text()) {
        if let Err(error) = name::check(&text) {
            prop_assert!(text.is_char_boundary(error.offset()));
            prop_assert!(!error.to_string().is_empty());
        } else {
            prop_assert!(name::check(&name::fold(&text)).is_ok());
        }
        let _ = suggest(&text, [other.as_str(), "timeout"]);
    }

    #[test]
    fn instants(text in prop_oneof![text(), "[0-9]{3,5}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}.{0,8}".boxed()]) {
        let _ = parse_rfc3339(&text).map_err(|error| error.to_string());
    }
}
