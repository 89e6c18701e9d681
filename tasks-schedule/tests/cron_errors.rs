//! Every message about a wrong cron expression, word by word: these are
//! compile errors of users' programs.

use tasks_schedule::{Cron, CronField};

const FORMS: &str = "0-59, `*`, lists, ranges and steps";
const DAY_FORMS: &str = "1-31, `*`, lists, ranges, steps, `L`, `LW` and `15W`";
const MONTH_FORMS: &str = "1-12 or JAN-DEC, `*`, lists, ranges and steps";
const WEEKDAY_FORMS: &str = "0-7 or SUN-SAT, `*`, lists, ranges, steps, `5L` and `5#2`";
const SHAPES: &str = "5 fields (minute, hour, day of month, month, day of week), \
     6 with seconds first, or 7 with a year last";

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = Cron::parse(text).expect_err(text);
    assert_eq!(error.to_string(), message, "for `{text}`");
}

#[test]
fn a_value_out_of_range_names_field_column_and_range() {
    let out = |found, field, column, allowed| {
        format!("`{found}` is out of range in the {field} field (column {column}): allowed are {allowed}")
    };
    refused("61 * * * *", &out("61", "minute", 1, "0-59"));
    refused("60 * * * * *", &out("60", "second", 1, "0-59"));
    refused("* 24 * * *", &out("24", "hour", 3, "0-23"));
    refused("* * 0 * *", &out("0", "day-of-month", 5, "1-31"));
    refused("* * 1,32 * *", &out("32", "day-of-month", 7, "1-31"));
    refused("* * 32W * *", &out("32", "day-of-month", 5, "1-31"));
    refused("* * * 13 *", &out("13", "month", 7, "1-12 or JAN-DEC"));
    refused("* * * * 8", &out("8", "day-of-week", 9, "0-7 or SUN-SAT"));
    refused("* * * * 8L", &out("8", "day-of-week", 9, "0-7 or SUN-SAT"));
    refused("* * * * 5#6", &out("6", "day-of-week", 11, "1-5"));
    refused("* * * * 5#0", &out("0", "day-of-week", 11, "1-5"));
    refused("* * * * 5#+2", &out("+2", "day-of-week", 11, "1-5"));
    refused("* * * * * * 1969", &out("1969", "year", 13, "1970-2199"));
    refused("* * * * * * 2026-2200", &out("2200", "year", 18, "1970-2199"));
    refused("99999999999999999999 * * * *", &out("99999999999999999999", "minute", 1, "0-59"));
}

#[test]
fn an_empty_list_item_is_refused_where_it_is() {
    for (text, column) in [("1,,2 * * * *", 3), ("1, * * * *", 3), (", * * * *", 1), (",1 * * * *", 1)] {
        refused(text, &format!("empty list item in the minute field (column {column})"));
    }
}

#[test]
fn a_question_mark_becomes_a_star() {
    refused("* * ? * *", "`?` is not supported in the day-of-month field (column 5); write `*`");
    refused("? * * * *", "`?` is not supported in the minute field (column 1); write `*`");
}

#[test]
fn a_step_needs_a_range() {
    let message = |found, field, column, remedy| {
        format!(
            "`{found}` has a step without a range in the {field} field (column {column}); write `{remedy}`"
        )
    };
    refused("5/15 * * * *", &message("5/15", "minute", 1, "5-59/15"));
    refused("* 1/2 * * *", &message("1/2", "hour", 3, "1-23/2"));
    refused("* * * JAN/3 *", &message("JAN/3", "month", 7, "JAN-12/3"));
    refused("50/15 * * * *", &message("50/15", "minute", 1, "50"));
    refused("* * * * 1/2", &message("1/2", "day-of-week", 9, "1-6/2"));
}

#[test]
fn a_step_stays_inside_its_range() {
    let message = |found, field, column, allowed| {
        format!(
            "step `{found}` is out of range in the {field} field (column {column}): allowed are {allowed}"
        )
    };
    refused("*/60 * * * *", &message("60", "minute", 3, "1-59"));
    refused("*/0 * * * *", &message("0", "minute", 3, "1-59"));
    refused("10-20/11 * * * *", &message("11", "minute", 7, "1-10"));
    refused("10-10/2 * * * *", &message("2", "minute", 7, "1"));
    refused("* */24 * * *", &message("24", "hour", 5, "1-23"));
    refused("* * */31 * *", &message("31", "day-of-month", 7, "1-30"));
    refused("* * * */12 *", &message("12", "month", 9, "1-11"));
    refused("* * * * */7", &message("7", "day-of-week", 11, "1-6"));
    refused("*/99999999999 * * * *", &message("99999999999", "minute", 3, "1-59"));
    for allowed in ["*/59 * * * *", "10-20/10 * * * *", "10-10/1 * * * *", "* * * * 0-7/7"] {
        assert!(Cron::parse(allowed).is_ok(), "{allowed}");
    }
}

#[test]
fn a_range_that_wraps_is_written_out() {
    let message = |found, field, column, remedy| {
        format!("range `{found}` runs backwards in the {field} field (column {column}); write `{remedy}`")
    };
    refused("* 22-2 * * *", &message("22-2", "hour", 3, "22-23,0-2"));
    refused("* 23-0 * * *", &message("23-0", "hour", 3, "23,0"));
    refused("50-10 * * * *", &message("50-10", "minute", 1, "50-59,0-10"));
    refused("* * 28-3 * *", &message("28-3", "day-of-month", 5, "28-31,1-3"));
    refused("* * * NOV-FEB *", &message("NOV-FEB", "month", 7, "NOV-DEC,JAN-FEB"));
    refused("* * * 11-1 *", &message("11-1", "month", 7, "11-12,1"));
    refused("* * * * FRI-MON", &message("FRI-MON", "day-of-week", 9, "FRI-SUN,MON"));
    refused("* * * * SAT-TUE", &message("SAT-TUE", "day-of-week", 9, "SAT-SUN,MON-TUE"));
    refused("* * * * 5-0", &message("5-0", "day-of-week", 9, "5-7"));
    refused("* * * * 6-2", &message("6-2", "day-of-week", 9, "6-7,1-2"));
    refused("* * * * 7-2", &message("7-2", "day-of-week", 9, "0-2"));
    let stepped = "range `22-2` runs backwards in the hour field (column 3)";
    refused("* 22-2/2 * * *", stepped);
}

/// What is suggested must itself be accepted in place of what was found.
#[test]
fn every_remedy_parses() {
    for text in [
        "* * ? * *",
        "5/15 * * * *",
        "* 1/2 * * *",
        "59/2 * * * *",
        "50/15 * * * *",
        "* * * * 7/2",
        "* * * JAN/3 *",
        "* * * * 1/2",
        "* 22-2 * * *",
        "* 23-0 * * *",
        "* * * NOV-FEB *",
        "* * * 11-1 *",
        "* * * * FRI-MON",
        "* * * * 5-0",
        "* * * * 6-2",
        "* * * * 7-2",
        "* * * * 7-1",
        "* * * * MONDAY",
        "* * * febuary *",
        "@dialy",
        "@annually",
    ] {
        let error = Cron::parse(text).expect_err(text);
        let remedy = error.remedy().unwrap_or_else(|| panic!("no remedy for `{text}`: {error}"));
        let (before, after) = text.split_at(error.offset());
        let after = after.strip_prefix(error.found()).expect("the text in question is at its offset");
        let cured = format!("{before}{remedy}{after}");
        assert!(Cron::parse(&cured).is_ok(), "`{text}` became `{cured}`");
    }
}

#[test]
fn what_is_not_understood_comes_with_what_is() {
    let message = |found, field, column, forms| {
        format!("`{found}` is not understood in the {field} field (column {column}): allowed are {forms}")
    };
    refused("-1 * * * *", &message("-1", "minute", 1, FORMS));
    refused("1- * * * *", &message("1-", "minute", 1, FORMS));
    refused("1.5 * * * *", &message("1.5", "minute", 1, FORMS));
    refused("+1 * * * *", &message("+1", "minute", 1, FORMS));
    refused("** * * * *", &message("**", "minute", 1, FORMS));
    refused("*/ * * * *", &message("*/", "minute", 1, FORMS));
    refused("*/x * * * *", &message("x", "minute", 3, FORMS));
    refused("H * * * *", &message("H", "minute", 1, FORMS));
    refused("L * * * *", &message("L", "minute", 1, FORMS));
    refused("٣ * * * *", &message("٣", "minute", 1, FORMS));
    refused("* * L-3 * *", &message("L", "day-of-month", 5, DAY_FORMS));
    refused("* * W * *", &message("W", "day-of-month", 5, DAY_FORMS));
    refused("* * 1-5W * *", &message("5W", "day-of-month", 7, DAY_FORMS));
    refused("* * MON * *", &message("MON", "day-of-month", 5, DAY_FORMS));
    refused("* * * * L", &message("L", "day-of-week", 9, WEEKDAY_FORMS));
    refused("* * * * *#1", &message("*", "day-of-week", 9, WEEKDAY_FORMS));
    let remedied = |found, field, column, forms, remedy| {
        format!("{}; write `{remedy}`", message(found, field, column, forms))
    };
    refused("* * * * MONDAY", &remedied("MONDAY", "day-of-week", 9, WEEKDAY_FORMS, "MON"));
    refused("* * * * teu", &remedied("teu", "day-of-week", 9, WEEKDAY_FORMS, "TUE"));
    refused("* * * SEPT *", &remedied("SEPT", "month", 7, MONTH_FORMS, "SEP"));
    // Columns count characters, offsets bytes.
    let error = Cron::parse("é * * * 13").expect_err("two mistakes, the first is told");
    assert_eq!((error.column(), error.offset()), (1, 0));
    let error = Cron::parse("  * é * * *").expect_err("not a number");
    assert_eq!((error.column(), error.offset(), error.found()), (5, 4, "é"));
}

#[test]
fn the_number_of_fields_is_five_to_seven() {
    refused("", &format!("the expression is empty: allowed are {SHAPES}"));
    refused(" \t ", &format!("the expression is empty: allowed are {SHAPES}"));
    refused("*", &format!("found 1 field: allowed are {SHAPES}"));
    refused("* * * *", &format!("found 4 fields: allowed are {SHAPES}"));
    refused("* * * * * * * *", &format!("found 8 fields: allowed are {SHAPES}"));
    // A no-break space separates nothing.
    refused("*\u{a0}* * * *", &format!("found 4 fields: allowed are {SHAPES}"));
}

#[test]
fn aliases_are_six() {
    let names = "@hourly, @daily, @midnight, @weekly, @monthly, @yearly";
    let message = |found| format!("`{found}` is not a known alias: allowed are {names}");
    refused("@reboot", &message("@reboot"));
    refused("@every 5m", &message("@every 5m"));
    refused("@dialy", &format!("{}; write `@daily`", message("@dialy")));
    refused("@annually", &format!("{}; write `@yearly`", message("@annually")));
}

#[test]
fn what_can_never_fire_is_refused() {
    for text in [
        "0 0 30 2 *",
        "0 0 30,31 FEB *",
        "0 0 31 4,6,9,11 *",
        "0 0 30W 2 *",
        "0 0 */30 * 5#2",
        "0 0 0 29 2 * 2023",
        "0 0 0 29 2 * 2100",
    ] {
        refused(text, &format!("`{text}` can never fire: no year has such a date"));
        let error = Cron::parse(text).expect_err(text);
        assert!(error.is_never());
        assert_eq!((error.field(), error.column(), error.offset()), (None, 1, 0));
    }
    for text in ["0 0 30 2 MON", "0 0 29 2 *", "0 0 0 29 2 * 2000", "0 0 0 1 1 * 1970", "0 0 31 * *"] {
        assert!(Cron::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn the_parts_of_an_error_are_there_for_tools() {
    let error = Cron::parse("0 0 1,45 * *").expect_err("out of range");
    assert_eq!(error.field(), Some(CronField::DayOfMonth));
    assert_eq!((error.found(), error.offset(), error.column()), ("45", 6, 7));
    assert_eq!((error.allowed(), error.remedy()), (Some("1-31"), None));
    assert!(!error.is_never());
}

#[test]
fn an_expression_shows_itself_as_it_was_written() {
    let cron = Cron::parse("  */5 * * * mon\t").expect("space around it is no mistake");
    assert_eq!(cron.as_str(), "*/5 * * * mon");
    assert_eq!(cron.to_string(), "*/5 * * * mon");
    assert_eq!(format!("{cron:?}"), "Cron(\"*/5 * * * mon\")");
    assert_eq!("*/5 * * * mon".parse(), Ok(cron));
    assert_eq!(Cron::parse("@daily").expect("an alias").as_str(), "@daily");
}

#[test]
fn fixed_times_have_no_wildcard_or_step_in_hour_and_minute() {
    for text in ["30 2 * * *", "0,30 2,14 * * *", "0-59 0-23 * * *", "* 30 2 * * *", "@daily", "0 0 */2 * *"]
    {
        assert!(Cron::parse(text).expect(text).is_fixed_time(), "{text}");
    }
    for text in ["* 2 * * *", "30 * * * *", "*/5 2 * * *", "30 1-5/2 * * *", "0,* 2 * * *", "@hourly"] {
        assert!(!Cron::parse(text).expect(text).is_fixed_time(), "{text}");
    }
    assert!(Cron::parse("0 30 2 * * *").expect("six fields").has_seconds());
    assert!(!Cron::parse("30 2 * * *").expect("five fields").has_seconds());
}

#[test]
fn sunday_is_0_and_7_in_every_form() {
    let next = |text: &str| {
        let cron = Cron::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let mut at = tasks_schedule::CivilDateTime::new(2026, 1, 1, 0, 0, 0).expect("a date");
        std::array::from_fn::<_, 12, _>(|_| {
            at = cron.next_after(at).expect("a date");
            at
        })
    };
    for same in [
        ["0 0 * * 0", "0 0 * * 7", "0 0 * * SUN"],
        ["0 0 * * 0L", "0 0 * * 7L", "0 0 * * sunl"],
        ["0 0 * * 0#2", "0 0 * * 7#2", "0 0 * * Sun#2"],
        ["0 0 * * 5-7", "0 0 * * FRI-SUN", "0 0 * * 5,6,0"],
        ["0 0 * * 0-2", "0 0 * * SUN-TUE", "0 0 * * 7,1,2"],
        ["0 0 * * 0-7", "0 0 * * 1-7", "0 0 * * *"],
        ["0 0 * * 1-7/2", "0 0 * * 1,3,5,7", "0 0 * * MON-SUN/2"],
        ["0 0 * * SUN-SUN", "0 0 * * 7-7", "0 0 * * 0-0"],
    ] {
        assert_eq!(next(same[0]), next(same[1]), "{same:?}");
        assert_eq!(next(same[1]), next(same[2]), "{same:?}");
    }
}
