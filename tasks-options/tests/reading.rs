//! What each kind of value accepts, and what it says of the rest. The values
//! come in as a configuration file gives them: without tokens.

use std::time::Duration;

use tasks_options::{
    Attribute, Counted, Form, Kind, Max, OPTIONS, OptionRow, RESTART, RETRY, Value, Written, keys, meant,
    option, read,
};

fn text(text: &str) -> Written {
    Written::quoted(text)
}

fn integer(number: i128) -> Written {
    Written { form: Form::Integer(number), text: number.to_string() }
}

fn float(number: f64) -> Written {
    Written { form: Form::Float(number), text: number.to_string() }
}

fn flag(value: bool) -> Written {
    Written { form: Form::Bool(value), text: value.to_string() }
}

fn list(items: &[Written]) -> Written {
    let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
    Written { form: Form::List(items.to_vec()), text: format!("[{}]", texts.join(", ")) }
}

fn row(key: &str) -> &'static OptionRow {
    option(key).or_else(|| RETRY.part(key)).expect("the test names an option or a part of `retry`")
}

fn policy(variant: &'static str) -> Value {
    Value::Choice("RestartPolicy", variant)
}

fn value(row: &OptionRow, written: &Written) -> Value {
    read(row, written).unwrap_or_else(|mistakes| panic!("{} = {}: {mistakes:?}", row.key, written.text))
}

fn mistake(row: &OptionRow, written: &Written) -> String {
    let mistakes = read(row, written).expect_err("the test expects a mistake");
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    mistakes[0].message.clone()
}

#[test]
fn every_value_that_can_be_written_is_read() {
    let minute = Duration::from_secs(60);
    let cases = [
        ("name", text("prune-sessions"), Value::Name("prune-sessions".into())),
        ("tags", text("mail"), Value::Words(vec!["mail".into()])),
        ("after", list(&[text("a"), text("b")]), Value::Words(vec!["a".into(), "b".into()])),
        ("grace", text("0s"), Value::Duration(Duration::ZERO)),
        ("jitter", text("off"), Value::Duration(Duration::ZERO)),
        ("jitter", text("1m"), Value::Duration(minute)),
        ("timeout", text("off"), Value::Limit(None)),
        ("timeout", text("1m"), Value::Limit(Some(minute))),
        ("retry", integer(3), Value::Parts(vec![(RETRY.head(), Value::Max(Max::Limited(3)))])),
        ("retry", text("unlimited"), Value::Parts(vec![(RETRY.head(), Value::Max(Max::Unlimited))])),
        ("retry", text("off"), Value::Parts(vec![(RETRY.head(), Value::Max(Max::Limited(0)))])),
        ("restart", text("always"), Value::Parts(vec![(RESTART.head(), policy("Always"))])),
        ("restart", text("off"), Value::Parts(vec![(RESTART.head(), policy("Never"))])),
        ("stop_within", text("1m"), Value::Duration(minute)),
        ("max", integer(0), Value::Max(Max::Limited(0))),
        ("factor", integer(2), Value::Factor(2.0)),
        ("factor", float(1.5), Value::Factor(1.5)),
        ("panics", flag(true), Value::Bool(true)),
        ("on", text("whatever"), Value::Code),
        ("priority", text("high"), Value::Choice("Priority", "High")),
        (
            "overlap",
            text("queue(2)"),
            Value::Counted("Overlap", Counted { variant: "Queue", number: Some(2) }),
        ),
        ("max_running", integer(1), Value::Count(1)),
        ("pool", text("default"), Value::Pool(None)),
        ("pool", text("mail"), Value::Pool(Some("mail".into()))),
        ("every", text("1m"), Value::Period("Every", minute)),
        ("cron", text("@daily"), Value::Cron("@daily".into())),
        ("at", text("2030-01-31T09:00:00Z"), Value::Instant("2030-01-31T09:00:00Z".into())),
        ("timezone", text("europe/MADRID"), Value::Zone("Europe/Madrid".into())),
    ];
    for (key, written, expected) in cases {
        assert_eq!(value(row(key), &written), expected, "{key} = {}", written.text);
    }
}

#[test]
fn every_wrong_value_says_what_to_write() {
    let cases = [
        ("name", text("9"), "a task's name"),
        ("name", integer(9), "`name` is a name in quotes, such as `\"prune-sessions\"`"),
        ("tags", flag(true), "`tags` is a word or a list of words in quotes: `\"a\"` or `[\"a\", \"b\"]`"),
        ("after", text("a, b"), "write a list: `after = [\"a\", \"b\"]`"),
        ("timeout", integer(30), "a duration is a string with a unit: write `timeout = \"30s\"`"),
        ("timeout", text("30x"), "unknown unit `x`"),
        ("timeout", flag(false), "to switch `timeout` off, write `timeout = \"off\"`"),
        ("grace", text("off"), "`grace` cannot be switched off: it is a duration, `0s` included"),
        ("every", text("0s"), "`every` must be greater than zero"),
        ("retry", integer(-1), "`retry` counts the attempts after the first: write a whole number"),
        ("retry", text("3"), "write `retry = 3`, without quotes"),
        ("restart", text("on_failure"), "`on_failure` is no value of `restart`; did you mean `on-failure`?"),
        ("restart", flag(false), "to switch `restart` off, write `restart = \"off\"`"),
        ("stop_within", text("0s"), "`stop_within` must be greater than zero"),
        ("max", flag(true), "`max` counts the attempts after the first"),
        ("factor", float(0.5), "`factor` is a number from 1 to 1000, such as `2` or `1.5`"),
        ("priority", text("hgih"), "`hgih` is no value of `priority`; did you mean `high`?"),
        ("priority", text("purple"), "`purple` is no value of `priority`: it is `critical`, `high`"),
        ("overlap", integer(2), "`overlap` is one of the words `skip`, `queue`, `queue(n)`"),
        ("misfire", text("all"), "`all` needs a number, at least 1: `misfire = \"all(5)\"`"),
        ("max_running", integer(0), "`max_running` is a whole number from 1 to 4294967295, not `0`"),
        ("max_running", text("off"), "`max_running` cannot be switched off: leave it out"),
        ("pool", text("a b"), "the name of a pool"),
        ("essential", text("true"), "write `essential = true`, without quotes"),
        ("essential", integer(1), "`essential` is `true` or `false`"),
        ("cron", text("5m"), "for a fixed rate write `every = \"5m\"`"),
        ("at", text("tomorrow"), "RFC 3339"),
        (
            "timezone",
            text("Europe/Madird"),
            "unknown time zone `Europe/Madird`; did you mean `Europe/Madrid`?",
        ),
        ("timezone", text("madrid"), "did you mean `Europe/Madrid`?"),
        ("timezone", text("Mars"), "it is a name of the IANA database"),
    ];
    for (key, written, expected) in cases {
        let message = mistake(row(key), &written);
        assert!(message.contains(expected), "{key} = {}: {message}", written.text);
    }
}

#[test]
fn each_wrong_item_of_a_list_is_a_mistake_of_its_own() {
    let written = list(&[text("a"), integer(1), text("A"), text("b_")]);
    let mistakes = read(row("tags"), &written).expect_err("three items are wrong");
    let items: Vec<_> = mistakes.iter().map(|mistake| mistake.item).collect();
    assert_eq!(items, [Some(1), Some(2), Some(3)], "{mistakes:?}");
    assert_eq!(mistakes[1].message, "`A` is in the list twice");
}

#[test]
fn what_only_code_can_be_is_not_looked_at() {
    assert_eq!(value(row("crate"), &integer(1)), Value::Code);
    let code = |kind| matches!(kind, Kind::Crate | Kind::Function);
    let rows = OPTIONS.iter().chain(RETRY.parts).chain(RESTART.parts).filter(|row| code(row.kind));
    assert_eq!(rows.map(|row| row.key).collect::<Vec<_>>(), ["crate", "on"]);
}

#[test]
fn parts_are_checked_together_and_unknown_ones_have_a_suggestion() {
    let second =
        |key: &str, text: &str| (row_of_retry(key), value(row_of_retry(key), &Written::quoted(text)));
    assert_eq!(RETRY.check(&[second("delay", "1s"), second("max_delay", "2s")]), None);
    assert_eq!(RETRY.check(&[second("delay", "1s")]), None);
    let (key, message) = RETRY.check(&[second("max_delay", "1s"), second("delay", "2s")]).expect("too short");
    assert_eq!((key, message.as_str()), ("max_delay", "`max_delay` is shorter than `delay`"));
    assert!(
        RETRY.unknown("backoff").starts_with("unknown option `backoff` in `retry(…)`; did you mean `delay`?")
    );
    assert!(RETRY.unknown("fctor").contains("did you mean `factor`?"));
    assert_eq!(RETRY.incomplete(), "`retry(…)` needs `max`, the attempts after the first: `max = 3`");
}

#[test]
fn the_parts_of_a_restart_agree_with_one_another() {
    let part = |key: &str, written: &Written| {
        let row = RESTART.part(key).expect("a part of `restart`");
        (row, value(row, written))
    };
    let always = part("policy", &text("always"));
    assert_eq!(
        RESTART.check(&[always.clone(), part("max", &integer(1000)), part("within", &text("1h"))]),
        None
    );
    let max = RESTART.part("max").expect("a part of `restart`");
    assert_eq!(mistake(max, &integer(1001)), "`max` is a whole number from 1 to 1000, not `1001`");
    let never = part("policy", &text("never"));
    assert_eq!(RESTART.check(std::slice::from_ref(&never)), None);
    assert_eq!(RESTART.check(&[never, part("max", &integer(3))]).expect("they contradict").0, "policy");
    let short = RESTART.check(&[always, part("delay", &text("1m")), part("max_delay", &text("1s"))]);
    assert_eq!(short.expect("too short").0, "max_delay");
    assert!(RESTART.unknown("window").contains("did you mean `within`?"));
    let missing = "`restart(…)` needs `policy`, which says after which ends it is started again: \
                   `policy = \"on-failure\"`";
    assert_eq!(RESTART.incomplete(), missing);
}

fn row_of_retry(key: &str) -> &'static OptionRow {
    RETRY.part(key).expect("a part of `retry`")
}

#[test]
fn a_key_that_does_not_exist_leads_to_one_that_does() {
    let meant = |word, attribute| meant(word, attribute).map(|row| row.key);
    assert_eq!(meant("timout", Attribute::Task), Some("timeout"));
    assert_eq!(meant("interval", Attribute::Task), Some("every"));
    assert_eq!(meant("tz", Attribute::Scheduled), Some("timezone"));
    assert_eq!(meant("restart_policy", Attribute::Task), Some("restart"));
    assert_eq!(meant("purple", Attribute::Scheduled), None);
    assert!(keys(Attribute::Task).all(|key| key != "every"));
    assert!(keys(Attribute::Scheduled).any(|key| key == "every"));
    for attribute in [Attribute::Task, Attribute::Scheduled] {
        assert_eq!(Attribute::by_name(&attribute.to_string()), Some(attribute));
    }
}
