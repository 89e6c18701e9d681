use tasks_options::{Attribute, Max, OPTIONS, SCHEDULES, Scope, Value};

use super::{mistakes, tokens};
use crate::{attr::Settings, errors::Errors};

const TIDY: &str = "async fn tidy() -> Result<(), String> { Ok(()) }";

fn settings(attribute: Attribute, arguments: &str) -> Settings {
    let mut errors = Errors::default();
    let settings = Settings::read(attribute, tokens(arguments), &mut errors);
    assert_eq!(errors.messages(), Vec::<&str>::new(), "{arguments}");
    settings
}

fn of_task(arguments: &str) -> Vec<String> {
    mistakes(Attribute::Task, arguments, TIDY)
}

fn of_scheduled(arguments: &str) -> Vec<String> {
    mistakes(Attribute::Scheduled, arguments, TIDY)
}

#[test]
fn a_comma_may_end_the_list_and_order_is_free() {
    let settings = settings(Attribute::Task, "essential = true, timeout = \"30s\",");
    assert!(matches!(settings.get("timeout").unwrap().value, Some(Value::Limit(Some(_)))));
    assert!(matches!(settings.get("essential").unwrap().value, Some(Value::Bool(true))));
    assert!(settings.get("grace").is_none());
}

#[test]
fn a_predicate_may_be_generic_over_several_types() {
    let settings = settings(Attribute::Task, "retry(on = check::<A, Vec<B>>, max = 2), priority = \"low\"");
    let Some(Value::Parts(parts)) = &settings.get("retry").unwrap().value else { panic!("no retry") };
    assert!(parts.iter().any(|(part, value)| part.key == "max" && *value == Value::Max(Max::Limited(2))));
    assert!(settings.code.predicate.is_some());
    assert!(settings.get("priority").is_some());
}

#[test]
fn a_zone_is_kept_as_the_data_spells_it() {
    let settings = settings(Attribute::Scheduled, "cron = \"@daily\", timezone = \"EUROPE/lisbon\"");
    assert!(
        matches!(&settings.get("timezone").unwrap().value, Some(Value::Zone(zone)) if zone == "Europe/Lisbon")
    );
}

#[test]
fn every_key_is_named_when_its_value_is_missing() {
    for row in OPTIONS {
        let attribute =
            if row.scope.covers(Attribute::Task) { Attribute::Task } else { Attribute::Scheduled };
        let schedule = match row.key {
            "timezone" => "cron = \"@daily\", ",
            key if row.scope == Scope::Scheduled && !SCHEDULES.contains(&key) => "every = \"5m\", ",
            _ => "",
        };
        let found = mistakes(attribute, &format!("{schedule}{}", row.key), TIDY);
        assert_eq!(found.len(), 1, "{}: {found:?}", row.key);
        assert!(found[0].starts_with(&format!("`{}` needs a value", row.key)), "{found:?}");
    }
}

#[test]
fn every_example_of_the_table_is_accepted() {
    for row in OPTIONS {
        let attribute =
            if row.scope.covers(Attribute::Task) { Attribute::Task } else { Attribute::Scheduled };
        settings(attribute, &format!("{} = {}", row.key, row.example));
    }
}

#[test]
fn each_mistake_is_reported_and_none_twice() {
    let found = of_scheduled("every = \"5\", tz = \"UTC\", priority = \"hgih\", essential, retry = -1");
    assert_eq!(found.len(), 5, "{found:#?}");
    assert_eq!(found[0], "a unit is needed: write `5s`, `5m` or `5h`");
    assert!(found[1].starts_with("unknown option `tz`; did you mean `timezone`?"));
    assert!(found[2].starts_with("`hgih` is no value of `priority`; did you mean `high`?"));
}

#[test]
fn a_schedule_with_a_wrong_value_is_not_missing() {
    assert_eq!(of_scheduled("every = \"0s\"").len(), 1);
    assert_eq!(of_scheduled("evry = \"5m\"").len(), 1);
    assert_eq!(of_scheduled("\"5m\"").len(), 1);
}

#[test]
fn zero_is_allowed_only_where_it_means_something() {
    for key in ["timeout", "stop_after", "deadline"] {
        assert_eq!(of_task(&format!("{key} = \"0s\"")), [format!("`{key}` must be greater than zero")]);
    }
    assert!(of_task("grace = \"0s\"").is_empty());
    assert!(of_scheduled("every = \"1s\", initial_delay = \"0s\"").is_empty());
    assert!(of_scheduled("every = \"1s\", jitter = \"0s\"").is_empty());
    assert!(of_task("retry(max = 1, delay = \"0s\")").is_empty());
    assert_eq!(of_task("retry(max = 1, max_delay = \"0s\")"), ["`max_delay` must be greater than zero"]);
    for key in ["every", "delay"] {
        assert_eq!(of_scheduled(&format!("{key} = \"0s\"")), [format!("`{key}` must be greater than zero")]);
    }
}

#[test]
fn off_is_allowed_only_where_something_can_be_off() {
    for key in ["timeout", "stop_after", "deadline", "retry", "pool"] {
        assert!(of_task(&format!("{key} = \"off\"")).is_empty(), "{key}");
    }
    assert!(of_scheduled("cron = \"@daily\", jitter = \"off\"").is_empty());
    for key in ["grace", "priority", "max_running", "overlap", "on_shutdown", "start", "essential"] {
        assert_eq!(of_task(&format!("{key} = \"off\"")).len(), 1, "{key}");
    }
    for key in ["every", "delay", "cron", "at"] {
        assert_eq!(of_scheduled(&format!("{key} = \"off\"")).len(), 1, "{key}");
    }
}

#[test]
fn retries_are_counted_in_whole_numbers() {
    for good in ["0", "3", "4294967295", "\"unlimited\""] {
        assert!(of_task(&format!("retry = {good}")).is_empty(), "{good}");
    }
    for bad in [
        "-1",
        "1.5",
        "4294967296",
        "99999999999999999999999999999999999999999999",
        "\"3\"",
        "true",
        "[3]",
        "3u8",
    ] {
        assert_eq!(of_task(&format!("retry = {bad}")).len(), 1, "{bad}");
    }
}

fn overlap(text: &str) -> (&'static str, Option<u32>) {
    let settings = settings(Attribute::Task, &format!("overlap = {text:?}"));
    let Some(Value::Counted("Overlap", counted)) = settings.get("overlap").unwrap().value else {
        panic!("no overlap")
    };
    (counted.variant, counted.number)
}

#[test]
fn a_word_may_have_a_number() {
    assert_eq!(overlap("skip"), ("Skip", None));
    assert_eq!(overlap("queue"), ("Queue", Some(1)));
    assert_eq!(overlap("queue(1)"), ("Queue", Some(1)));
    assert_eq!(overlap("queue( 2 )"), ("Queue", Some(2)));
    assert_eq!(overlap("replace"), ("Replace", None));
    assert_eq!(overlap("allow"), ("Allow", None));
    assert_eq!(overlap("allow(4294967295)"), ("AllowUpTo", Some(u32::MAX)));
}

#[test]
fn a_number_stands_only_where_it_is_counted_and_is_one_or_more() {
    for number in ["0", "", "-1", "1.5", "4294967296", "two", "2)("] {
        let found = of_task(&format!("overlap = \"queue({number})\""));
        let rule = "between the parentheses of `queue(…)` stands a whole number from 1 to 4294967295: \
                    `overlap = \"queue(2)\"`";
        assert_eq!(found, [rule], "{number}");
    }
    assert_eq!(of_task("overlap = \"queue(2\"").len(), 1);
    assert_eq!(of_task("overlap = \"skip(2)\""), ["`skip` takes no number: write `overlap = \"skip\"`"]);
    assert_eq!(
        of_scheduled("every = \"1s\", misfire = \"all\""),
        ["`all` needs a number, at least 1: `misfire = \"all(5)\"`"]
    );
    assert_eq!(of_task("overlap = queue(2)"), ["write `overlap = \"queue(2)\"`, with quotes"]);
    assert_eq!(of_task("overlap = LIMIT").len(), 1);
    assert_eq!(of_task("overlap = 2").len(), 1);
}

#[test]
fn runs_are_counted_from_one() {
    for good in ["1", "3", "4294967295"] {
        assert!(of_task(&format!("max_running = {good}")).is_empty(), "{good}");
    }
    for bad in ["0", "-1", "1.5", "4294967296", "\"3\"", "\"off\"", "true", "[3]", "limit", "3 +", "3u8"] {
        assert_eq!(of_task(&format!("max_running = {bad}")).len(), 1, "{bad}");
    }
}

#[test]
fn a_limit_of_runs_that_overlap_never_reaches_is_refused() {
    let refused = |found: Vec<String>| {
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("is never reached"), "{found:?}");
    };
    for overlap in ["skip", "queue", "queue(9)", "replace", "allow(2)"] {
        refused(of_task(&format!("overlap = {overlap:?}, max_running = 3")));
        assert!(of_task(&format!("overlap = {overlap:?}, max_running = 1")).is_empty(), "{overlap}");
    }
    refused(of_scheduled("every = \"1s\", max_running = 2"));
    assert!(of_scheduled("every = \"1s\", max_running = 1").is_empty());
    assert!(of_scheduled("every = \"1s\", max_running = 2, overlap = \"allow\"").is_empty());
    assert!(of_task("max_running = 2, overlap = \"allow(3)\"").is_empty());
    // A wrong overlap is one mistake.
    assert_eq!(of_scheduled("every = \"1s\", max_running = 2, overlap = \"alow\"").len(), 1);
}

#[test]
fn a_time_box_behind_a_limit_is_refused() {
    let found = of_task("stop_after = \"10m\", timeout = \"10m\"");
    assert_eq!(found, ["`stop_after` is never reached: `timeout` ends the body after 10m"]);
    let found = of_task("stop_after = \"10m\", deadline = \"1m\"");
    assert_eq!(found, ["`stop_after` is never reached: `deadline` ends the body after 1m"]);
    assert!(of_task("stop_after = \"10m\", timeout = \"11m\", deadline = \"off\"").is_empty());
}

#[test]
fn a_grid_on_the_wall_clock_divides_the_day() {
    for period in ["1ms", "15m", "90m", "24h", "1d"] {
        assert!(of_scheduled(&format!("every = {period:?}, align = true")).is_empty(), "{period}");
    }
    let found = of_scheduled("align = true, every = \"7h\"");
    let expected = "`align` puts the grid on the wall clock, and 7h does not divide 24h; the nearest that do are \
                    `6h` and `8h`";
    assert_eq!(found, [expected]);
    assert!(of_scheduled("every = \"7h\", align = false, initial_delay = \"1s\"").is_empty());
    assert_eq!(of_scheduled("every = \"8h\", align = true, initial_delay = \"1s\"").len(), 1);
    for schedule in ["delay = \"8h\"", "cron = \"@daily\"", "at = \"2030-01-31T09:00:00Z\""] {
        let found = of_scheduled(&format!("{schedule}, align = true"));
        assert!(found.len() == 1 && found[0].starts_with("`align` goes with `every`, not with"), "{found:?}");
    }
    // A wrong period is one mistake.
    assert_eq!(of_scheduled("every = \"7\", align = true").len(), 1);
}

#[test]
fn options_that_are_not_built_do_not_exist() {
    let found = of_scheduled("every = \"5m\", scope = \"cluster\"");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("unknown option"), "{found:?}");
}

#[test]
fn a_restart_is_read_whole_and_what_a_service_contradicts_is_refused() {
    for restart in
        ["= \"always\"", "= \"off\"", "(policy = \"on-failure\", max = 3, within = \"1m\", delay = \"0s\")"]
    {
        assert_eq!(of_task(&format!("restart {restart}")), [""; 0], "{restart}");
    }
    let time_box = |policy: &str| of_task(&format!("restart = \"{policy}\", stop_after = \"1h\""));
    assert_eq!(time_box("always"), [""; 0]);
    assert_eq!(time_box("never"), [""; 0]);
    assert!(time_box("on-failure")[0].ends_with("write `restart = \"always\"`"));
    let counted = |policy: &str| of_task(&format!("restart = \"{policy}\", max_running = 2"));
    assert_eq!(counted("never"), [""; 0]);
    assert!(counted("always")[0].starts_with("a service runs once at a time"));
    let found = of_scheduled("every = \"5m\", restart = \"always\"");
    assert!(found.len() == 1 && found[0].contains("started again by its schedule"), "{found:?}");
}

#[test]
fn what_does_not_go_with_a_schedule_is_named_with_it() {
    let found = of_scheduled("at = \"2030-01-31T09:00:00Z\", timezone = \"UTC\", initial_delay = \"1s\"");
    assert_eq!(found.len(), 2);
    assert!(found[0].contains("`timezone` goes with `cron`, not with `at`"));
    assert!(found[1].contains("`initial_delay` goes with `every` or `delay`, not with `at`"));
    // Nobody knows which of two schedules the rest belongs to.
    assert_eq!(of_scheduled("every = \"5m\", at = \"2030-01-31T09:00:00Z\", timezone = \"UTC\"").len(), 1);
}

#[test]
fn three_schedules_are_two_mistakes() {
    assert_eq!(of_scheduled("every = \"5m\", delay = \"5m\", cron = \"@daily\"").len(), 2);
}

#[test]
fn constants_stand_where_the_macros_need_not_know_the_value() {
    let values = [
        "LIMIT",
        "config::LIMIT",
        "Duration::from_secs(5)",
        "{ LIMIT }",
        "LIMIT.0",
        "if A == B { C } else { D }",
    ];
    for key in
        ["timeout", "grace", "retry", "max_running", "pool", "essential", "enabled", "stop_after", "deadline"]
    {
        for value in values {
            assert_eq!(of_task(&format!("{key} = {value}, priority = \"high\"")), [""; 0], "{key} = {value}");
        }
    }
    for key in ["every", "delay", "cron", "at"] {
        assert_eq!(
            of_scheduled(&format!("{key} = config::WHEN, jitter = JITTER, spread = SPREAD")),
            [""; 0],
            "{key}"
        );
    }
    assert_eq!(of_task("retry(max = MAX, delay = DELAY, factor = 2 * FACTOR, panics = PANICS)"), [""; 0]);
    // One of small letters is a word that lacks its quotes.
    let found = of_task("pool = mail");
    let said =
        "`mail` is no value of `pool`: write a literal, such as `\"mail\"`, or name a constant, a `&str`";
    assert_eq!(found, [said]);
    for key in ["name", "tags", "after", "priority", "overlap", "on_shutdown", "start"] {
        let found = of_task(&format!("{key} = SOME::VALUE"));
        assert!(found.len() == 1 && found[0].contains("must be a literal"), "{key}: {found:?}");
    }
    let found = of_task("timeout = 3 +");
    assert!(found.len() == 1 && found[0].starts_with("`3+` is no value of `timeout`"), "{found:?}");
}
