use super::{mistakes, tokens};
use crate::{
    attr::{Attribute, Max, Settings, Value},
    errors::Errors,
    options::{SCHEDULES, Scope},
};

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
    let Some(Value::Retry(retry)) = &settings.get("retry").unwrap().value else { panic!("no retry") };
    assert_eq!(retry.max, Some(Max::Limited(2)));
    assert!(retry.on.is_some());
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
    for row in crate::options::OPTIONS {
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
    for row in crate::options::OPTIONS {
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
    for key in ["timeout", "deadline"] {
        assert_eq!(of_task(&format!("{key} = \"0s\"")), [format!("`{key}` must be greater than zero")]);
    }
    assert!(of_task("grace = \"0s\"").is_empty());
    assert!(of_scheduled("every = \"1s\", initial_delay = \"0s\"").is_empty());
    assert!(of_task("retry(max = 1, delay = \"0s\")").is_empty());
    assert_eq!(of_task("retry(max = 1, max_delay = \"0s\")"), ["`max_delay` must be greater than zero"]);
    for key in ["every", "delay"] {
        assert_eq!(of_scheduled(&format!("{key} = \"0s\"")), [format!("`{key}` must be greater than zero")]);
    }
}

#[test]
fn off_is_allowed_only_where_something_can_be_off() {
    for key in ["timeout", "deadline", "retry", "pool"] {
        assert!(of_task(&format!("{key} = \"off\"")).is_empty(), "{key}");
    }
    for key in ["grace", "priority", "overlap", "on_shutdown", "start", "essential"] {
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

#[test]
fn options_that_are_not_built_do_not_exist() {
    for key in ["align = true", "jitter = \"1s\"", "spread = \"1s\"", "max_running = 2"] {
        let found = of_scheduled(&format!("every = \"5m\", {key}"));
        assert_eq!(found.len(), 1, "{key}: {found:?}");
        assert!(found[0].starts_with("unknown option"), "{found:?}");
    }
    for key in ["restart = \"always\"", "stop_after = \"1s\"", "stop_within = \"1s\""] {
        let found = of_task(key);
        assert_eq!(found.len(), 1, "{key}: {found:?}");
        assert!(found[0].starts_with("unknown option"), "{found:?}");
    }
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
