use serde_json::Value as Json;

use super::*;

const PRETTY: Format = Format::Pretty { colour: false };

fn record<'a>(message: &'a str, fields: Vec<(&'a str, &'a Value)>) -> Record<'a> {
    let at = "2026-07-25T04:05:06.000123Z".parse().unwrap();
    Record { at, level: Level::WARN, target: "app::db", message, fields }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn parse(line: &str) -> Json {
    assert_eq!(line.matches('\n').count(), 1, "{line}");
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_json_line_has_its_own_keys_first_and_then_the_fields() {
    let (error, flag, ratio) = (text("no \"route\""), Value::Bool(true), Value::Float(0.5));
    let (down, up) = (Value::Signed(-3), Value::Unsigned(u64::MAX));
    let fields = vec![("error", &error), ("flag", &flag), ("ratio", &ratio), ("down", &down), ("up", &up)];
    assert_eq!(
        Format::Json.line(&record("lost", fields)),
        r#"{"timestamp":"2026-07-25T04:05:06.000123Z","level":"WARN","target":"app::db","message":"lost","error":"no \"route\"","flag":true,"ratio":0.5,"down":-3,"up":18446744073709551615}"#
            .to_owned()
            + "\n"
    );
}

#[test]
fn a_line_for_a_reader_quotes_what_is_no_word() {
    let (word, words, empty) = (text("a/b:1"), text("two \"words\""), text(""));
    let fields = vec![("word", &word), ("words", &words), ("empty", &empty)];
    assert_eq!(
        PRETTY.line(&record("lost", fields)),
        "2026-07-25T04:05:06.000Z  WARN app::db: lost  word=a/b:1 words=\"two \\\"words\\\"\" empty=\"\"\n"
    );
}

#[test]
fn colour_is_only_where_it_was_asked_for() {
    let line = Format::Pretty { colour: true }.line(&record("lost", Vec::new()));
    assert!(line.contains("\u{1b}[33m WARN\u{1b}[0m"), "{line:?}");
    assert!(!PRETTY.line(&record("lost", Vec::new())).contains('\u{1b}'));
}

#[test]
fn hostile_text_stays_on_its_line() {
    let hostile = "a\nb\u{1b}[31m\u{9b}\u{202e}\u{7f}\u{e0041}\"\\";
    let value = text(hostile);
    let line = PRETTY.line(&record(hostile, vec![("x", &value)]));
    assert_eq!(line.matches('\n').count(), 1);
    let line_json = Format::Json.line(&record(hostile, vec![("x", &value)]));
    for line in [line.trim_end(), line_json.trim_end()] {
        assert!(!line.chars().any(super::super::text::is_unfit), "{line:?}");
    }
    let json = parse(&line_json);
    assert_eq!((&json["message"], &json["x"]), (&Json::from(hostile), &Json::from(hostile)));
}

#[test]
fn every_char_of_a_text_comes_back_wherever_it_stands() {
    let chars = (0..0x250).chain(0x2000..0x2070).chain([0xfeff, 0x1f980, 0xe0041]).filter_map(char::from_u32);
    for char in chars {
        let written = format!("{char}plain {char}{char} text{char}");
        let value = text(&written);
        let json = parse(&Format::Json.line(&record(&written, vec![("x", &value)])));
        assert_eq!(
            (&json["message"], &json["x"]),
            (&Json::from(written.as_str()), &Json::from(written.as_str()))
        );
    }
}

#[test]
fn a_field_does_not_take_the_place_of_the_lines_own() {
    let value = text("mine");
    let json = parse(&Format::Json.line(&record("lost", vec![("level", &value), ("timestamp", &value)])));
    assert_eq!((&json["level"], &json["field_level"]), (&Json::from("WARN"), &Json::from("mine")));
    assert_eq!(json["field_timestamp"], "mine");
}

#[test]
fn a_number_that_json_lacks_is_null() {
    let value = Value::Float(f64::NAN);
    assert_eq!(parse(&Format::Json.line(&record("", vec![("x", &value)])))["x"], Json::Null);
}

#[test]
fn a_long_line_is_cut_and_stays_whole() {
    for long in ["x".repeat(100_000), "\u{1b}".repeat(30_000), "é".repeat(60_000)] {
        let value = text(&long);
        let names: Vec<String> = (0..40).map(|index| format!("name{index}")).collect();
        for count in [1, 40] {
            let fields: Vec<_> = names[..count].iter().map(|name| (name.as_str(), &value)).collect();
            let line = Format::Json.line(&record(&long, fields.clone()));
            assert!(line.len() <= MAX_LINE, "{}", line.len());
            let json = parse(&line);
            assert_eq!(json["truncated"], true);
            assert!(json["name0"].as_str().unwrap().ends_with('…'));
            assert!(PRETTY.line(&record(&long, fields)).len() <= MAX_LINE);
        }
    }
}

#[test]
fn so_many_fields_that_nothing_helps_are_left_out() {
    let value = text("y");
    let names: Vec<String> = (0..10_000).map(|index| format!("a_rather_long_name_{index}")).collect();
    let fields = names.iter().map(|name| (name.as_str(), &value)).collect();
    let line = Format::Json.line(&record("kept", fields));
    assert_eq!(parse(&line)["message"], "kept");
}

#[test]
fn a_backtrace_has_lines_of_its_own_for_a_reader() {
    let value = text("0: one\n1: two");
    let line = PRETTY.line(&record("panicked", vec![("backtrace", &value)]));
    assert!(line.ends_with("app::db: panicked \n    0: one\n    1: two\n"), "{line}");
}
