//! Listings of tasks written by hand, as they are read.

use std::{io, time::Duration};

use jiff::Timestamp;
use tasks_core::{
    Needs,
    policy::{
        Limit, MaxRetries, Misfire, Overlap, Priority, RestartOptions, RestartPolicy, RetryOptions, Schedule,
        Start,
    },
};

use super::{ListForm, Screen, list};
use crate::config::testing::{file, variables};
use crate::plan::{
    Checked, Choice, Plan, PlanInputs,
    testing::{Sample, inputs},
};

const NOW: &str = "2026-03-27T12:00:00Z";

fn samples() -> Vec<Sample> {
    let mut retry = RetryOptions::NONE;
    retry.max = Some(MaxRetries::Limited(3));
    let described = |mut sample: Sample, description| {
        sample.definition.description = description;
        sample
    };
    let nightly = Sample::scheduled("nightly_report").at("src/report.rs", 20).with(|options| {
        options.schedule = Some(Schedule::Cron("30 2 * * MON-FRI"));
        options.timezone = Some("Europe/Madrid");
        options.timeout = Some(Limit::After(Duration::from_secs(3600)));
        options.retry = Some(retry);
        options.priority = Some(Priority::Low);
    });
    let prune = Sample::scheduled("prune_sessions").at("src/jobs.rs", 12).with(|options| {
        options.schedule = Some(Schedule::Every(Duration::from_secs(300)));
        options.after = Some(&["migrate"]);
    });
    vec![
        described(prune, "Deletes sessions\n that expired."),
        nightly,
        described(Sample::task("migrate").at("src/db.rs", 4), "Brings the schema up to date."),
    ]
}

fn listed(inputs: PlanInputs, form: ListForm, screen: Screen) -> (u8, String, String) {
    listed_checked(&Plan::build(inputs), form, screen)
}

fn listed_checked(checked: &Checked, form: ListForm, screen: Screen) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = list(checked, form, NOW.parse().expect("an instant"), screen, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (code, text(out), text(err))
}

/// The table of samples in a pipe.
fn table(samples: Vec<Sample>) -> String {
    let (code, out, err) = listed(inputs(samples), ListForm::Table, Screen::default());
    assert_eq!((code, err.as_str()), (0, ""));
    out
}

/// The cells of the row of the first sample.
fn cells(sample: Sample) -> Vec<String> {
    let table = table(vec![sample]);
    let row = table.lines().nth(1).expect("a row");
    row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
}

fn scheduled(schedule: Schedule<'static>) -> Sample {
    Sample::scheduled("a").with(|options| options.schedule = Some(schedule))
}

#[test]
fn the_table_has_a_row_for_each_task() {
    let expected = "\
NAME            SCHEDULE                                NEXT                                   TIMEOUT  RETRIES  OVERLAP  PRIORITY  STATE    PLACE             DESCRIPTION (* by default)
migrate         at start                                at ready                               off*     0*       allow*   normal*   enabled  src/db.rs:4       Brings the schema up to date.
nightly_report  cron 30 2 * * MON-FRI in Europe/Madrid  2026-03-30 02:30 +02:00 Europe/Madrid  1h       3        skip*    low       enabled  src/report.rs:20
prune_sessions  every 5m, after migrate                 5m after ready                         5m*      0*       skip*    normal*   enabled  src/jobs.rs:12    Deletes sessions that expired.
";
    assert_eq!(table(samples()), expected);
}

#[test]
fn a_narrow_screen_gets_short_lines() {
    let screen = Screen { width: Some(80), colour: false };
    let (code, out, _) = listed(inputs(samples()), ListForm::Table, screen);
    let expected = "\
migrate  enabled, src/db.rs:4
    at start; next: at ready
    timeout off*, retries 0*, overlap allow*, priority normal*
    Brings the schema up to date.
nightly_report  enabled, src/report.rs:20
    cron 30 2 * * MON-FRI in Europe/Madrid; next: 2026-03-30 02:30 +02:00
    Europe/Madrid
    timeout 1h, retries 3, overlap skip*, priority low
prune_sessions  enabled, src/jobs.rs:12
    every 5m, after migrate; next: 5m after ready
    timeout 5m*, retries 0*, overlap skip*, priority normal*
    Deletes sessions that expired.
(* by default)
";
    assert_eq!((code, out.as_str()), (0, expected));
}

#[test]
fn no_line_is_longer_than_the_screen() {
    let mut sample = Sample::task("a_name_that_is_as_long_as_a_name_can_be_and_then_goes_on_and_on_s");
    sample.definition.description =
        Box::leak(format!("{} {}", "zz ".repeat(500), "x".repeat(500)).into_boxed_str());
    let screen = Screen { width: Some(80), colour: false };
    let (_, out, _) = listed(inputs([sample]), ListForm::Table, screen);
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    assert_eq!(out.matches("zz").count(), 500);
    assert_eq!(out.matches('x').count(), "next".matches('x').count() + 500);
}

#[test]
fn a_wide_screen_gets_rows() {
    let screen = Screen { width: Some(300), colour: false };
    let (_, out, _) = listed(inputs(samples()), ListForm::Table, screen);
    assert_eq!(out, table(samples()));
}

#[test]
fn the_order_of_registration_does_not_show() {
    let reversed: Vec<Sample> = samples().into_iter().rev().collect();
    for form in [ListForm::Table, ListForm::Json, ListForm::Names] {
        let [one, other] =
            [samples(), reversed.clone()].map(|samples| listed(inputs(samples), form, Screen::default()));
        assert_eq!(one, other);
    }
}

#[test]
fn names_are_one_a_line() {
    let (code, out, _) = listed(inputs(samples()), ListForm::Names, Screen::default());
    assert_eq!((code, out.as_str()), (0, "migrate\nnightly_report\nprune_sessions\n"));
}

#[test]
fn schedules_are_shown_in_words_with_what_comes_next() {
    let words = |sample| cells(sample)[1..3].to_vec();
    let second = Duration::from_secs(1);
    assert_eq!(words(scheduled(Schedule::Delay(second))), ["1s after each run", "at ready"]);
    let late = scheduled(Schedule::Every(60 * second)).with(|o| o.initial_delay = Some(second));
    assert_eq!(words(late), ["every 1m, first 1s after ready", "1s after ready"]);
    let soon = scheduled(Schedule::Every(60 * second)).with(|o| o.on_start = Some(true));
    assert_eq!(words(soon), ["every 1m, and at start", "at ready"]);
    let cron = scheduled(Schedule::Cron("15 30 2 * * *"));
    assert_eq!(words(cron), ["cron 15 30 2 * * * in UTC*", "2026-03-28 02:30:15 +00:00 UTC"]);
    let at = scheduled(Schedule::At("2027-01-31T09:00:00+01:00"));
    assert_eq!(words(at), ["once at 2027-01-31T09:00:00+01:00", "2027-01-31 08:00 +00:00 UTC"]);
    let aligned = scheduled(Schedule::Every(900 * second)).with(|options| {
        options.align = Some(true);
        options.jitter = Some(10 * second);
    });
    assert_eq!(words(aligned), ["every 15m on the wall clock, jitter 10s", "2026-03-27 12:15 +00:00 UTC"]);
    let manual = Sample::task("a").with(|options| options.start = Some(Start::Manual));
    assert_eq!(words(manual), ["on demand", "-"]);
}

#[test]
fn rare_options_stand_beside_those_that_they_go_with() {
    let mut sample = Sample::task("a").with(|options| {
        options.overlap = Some(Overlap::AllowUpTo(3));
        options.stop_after = Some(Limit::After(Duration::from_secs(600)));
        options.max_running = Some(2);
    });
    sample.needs = Needs::listens;
    assert_eq!(cells(sample)[3..6], ["off*, stop_after 10m", "0*", "allow(3), max_running 2"]);
    for (overlap, shown) in
        [(Overlap::Queue(1), "queue"), (Overlap::Queue(2), "queue(2)"), (Overlap::Replace, "replace")]
    {
        assert_eq!(cells(Sample::task("a").with(|options| options.overlap = Some(overlap)))[5], shown);
    }
}

#[test]
fn a_spread_is_listed_with_its_offset_on_this_machine() {
    let sample = Sample::scheduled("prune_sessions").with(|options| {
        options.schedule = Some(Schedule::Every(Duration::from_secs(10)));
        options.spread = Some(Duration::from_secs(60));
    });
    let mut inputs = inputs([sample]);
    inputs.defaults.host = Some("web-2".to_owned());
    let document = listed(inputs, ListForm::Json, Screen::default()).1;
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let schedule = &document["tasks"][0]["schedule"];
    assert_eq!(schedule["words"], "every 10s, spread 1m (here 3s 426ms)");
    assert_eq!((&schedule["spread_ms"], &schedule["spread_offset_ms"]), (&60_000.into(), &3_426.into()));
}

#[test]
fn the_json_has_numbers_and_words_as_they_are_written() {
    let mut sample = scheduled(Schedule::Every(Duration::from_secs(900))).with(|options| {
        options.align = Some(true);
        options.jitter = Some(Duration::from_secs(10));
        options.misfire = Some(Misfire::All(5));
        options.overlap = Some(Overlap::Queue(2));
        options.stop_after = Some(Limit::After(Duration::from_secs(60)));
        options.max_running = Some(1);
    });
    sample.needs = Needs::listens;
    let document = listed(inputs([sample]), ListForm::Json, Screen::default()).1;
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let task = &document["tasks"][0];
    assert_eq!((&task["overlap"], &task["max_running"]), (&"queue(2)".into(), &1.into()));
    assert_eq!(task["stop_after_ms"], 60_000);
    let schedule = &task["schedule"];
    assert_eq!((&schedule["align"], &schedule["jitter_ms"]), (&true.into(), &10_000.into()));
    assert_eq!((&schedule["misfire"], &schedule["kind"]), (&"all(5)".into(), &"every".into()));
    assert_eq!(schedule["initial_delay_ms"], serde_json::Value::Null);
    for option in ["align", "jitter", "misfire", "overlap", "stop_after", "max_running"] {
        assert!(!task["implicit"].as_array().expect("a list").contains(&option.into()), "{option}");
    }
}

#[test]
fn instants_that_are_over_are_past() {
    let past = |schedule| cells(scheduled(schedule))[2].clone();
    assert_eq!(past(Schedule::At("2026-03-27T12:00:00Z")), "past");
    assert_eq!(past(Schedule::Cron("0 0 0 1 1 * 2020")), "past");
}

#[test]
fn a_disabled_task_says_why() {
    let off = Sample::task("off").with(|options| options.enabled = Some(false));
    let mut inputs = inputs([off, Sample::task("a"), Sample::task("b")]);
    inputs.selection.only = vec![Choice::Name("a".into())];
    let (_, out, _) = listed(inputs, ListForm::Table, Screen::default());
    let rows: Vec<&str> = out.lines().skip(1).collect();
    assert!(rows[0].contains("  enabled  "), "{out}");
    assert!(rows[1].contains("disabled: not in --only-tasks"), "{out}");
    assert!(rows[2].contains("disabled: enabled = false") && rows[2].contains("  -  "), "{out}");
}

#[test]
fn colours_are_used_only_when_the_screen_has_them() {
    let off = Sample::task("off").with(|options| options.enabled = Some(false));
    for width in [None, Some(80)] {
        let painted =
            |colour| listed(inputs([off, Sample::task("a")]), ListForm::Table, Screen { width, colour }).1;
        let (plain, colourful) = (painted(false), painted(true));
        assert!(!plain.contains('\u{1b}') && colourful.contains("\u{1b}[1ma\u{1b}[0m"), "{colourful}");
        assert!(colourful.contains("\u{1b}[2moff"), "{colourful}");
        let stripped = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m"]
            .iter()
            .fold(colourful, |text, code| text.replace(code, ""));
        assert_eq!(stripped, plain);
    }
}

#[test]
fn what_users_wrote_cannot_move_the_cursor() {
    let mut sample = Sample::task("evil\u{1b}[2J").at("src/\u{7}.rs", 1);
    sample.definition.description = "red \u{1b}[31m, \u{202e}turned";
    let (code, out, err) = listed(inputs([sample]), ListForm::Table, Screen::default());
    assert_eq!(code, 78);
    assert!(out.contains("evil\\u{1b}[2J") && out.contains("src/\\u{7}.rs:1"), "{out}");
    assert!(out.contains("red \\u{1b}[31m, \\u{202e}turned"), "{out}");
    let obeyed = |c: char| c.is_control() && c != '\n';
    assert!(!out.contains(obeyed) && !err.contains(obeyed));
    for form in [ListForm::Json, ListForm::Names] {
        assert!(!listed(inputs([sample]), form, Screen::default()).1.contains(obeyed));
    }
}

#[test]
fn problems_are_told_beside_the_list() {
    let broken = scheduled(Schedule::Cron("61 * * * *"));
    let (code, out, err) = listed(inputs([broken, Sample::task("b")]), ListForm::Table, Screen::default());
    assert_eq!(code, 78);
    assert!(out.lines().nth(1).is_some_and(|row| row.contains("cron 61 * * * *  unknown")), "{out}");
    assert_eq!(out.lines().count(), 3);
    assert!(
        err.starts_with("error: 1 problem found, nothing was started\n  src/jobs.rs:1: task `a`: cron"),
        "{err}"
    );
}

#[test]
fn an_empty_registry_is_a_problem_in_every_form() {
    for form in [ListForm::Table, ListForm::Json, ListForm::Names] {
        let (code, _, err) = listed(inputs([]), form, Screen::default());
        assert_eq!(code, 78);
        assert!(err.contains("use my_jobs as _;"), "{err}");
    }
}

#[test]
fn an_unknown_word_lists_nothing() {
    let mut inputs = inputs(samples());
    inputs.selection.skip = vec![Choice::Name("migrat".into())];
    let (code, out, err) = listed(inputs, ListForm::Table, Screen::default());
    assert_eq!((code, out.as_str()), (2, ""));
    assert_eq!(err, "error: `--skip-tasks`: no task is called `migrat`: did you mean `migrate`?\n");
}

#[test]
fn the_json_is_the_documented_schema() {
    let mut inputs = inputs([samples().swap_remove(1)]);
    inputs.pools = vec![("mail".into(), 4)];
    let (code, out, _) = listed(inputs, ListForm::Json, Screen::default());
    let expected = r#"{"schema_version":1,
"problems":[],
"pools":[
{"name":"mail","size":4,"set_at":null}],
"shutdown_budget_ms":5000,
"shutdown_budget_set_at":null,
"tasks":[
{"name":"nightly_report","description":"","crate":"my_app","file":"src/report.rs","line":20,"body":"async","listens":false,"enabled":true,"disabled_because":null,"schedule":{"words":"cron 30 2 * * MON-FRI in Europe/Madrid","kind":"cron","period_ms":null,"expression":"30 2 * * MON-FRI","timezone":"Europe/Madrid","initial_delay_ms":null,"align":false,"on_start":false,"jitter_ms":0,"spread_ms":0,"spread_offset_ms":0,"misfire":"once"},"no_schedule_because":null,"next":{"words":"2026-03-30 02:30 +02:00 Europe/Madrid","at":"2026-03-30T02:30:00+02:00","timezone":"Europe/Madrid"},"input":null,"start":null,"tags":[],"timeout_ms":3600000,"stop_after_ms":null,"deadline_ms":null,"grace_ms":2000,"retry":{"max":3,"delay_ms":1000,"factor":2.0,"max_delay_ms":60000,"jitter":"full","panics":false},"restart":null,"priority":"low","pool":null,"max_running":null,"overlap":"skip","essential":false,"after":[],"on_shutdown":"finish","stop_within_ms":null,"implicit":["on_start","jitter","spread","misfire","tags","stop_after","deadline","grace","retry.delay","retry.factor","retry.max_delay","retry.jitter","retry.panics","pool","max_running","overlap","essential","after","on_shutdown","stop_within","enabled"],"origins":[{"option":"cron","layer":"annotation","place":"src/report.rs:20","by_default":false},{"option":"timezone","layer":"annotation","place":"src/report.rs:20","by_default":false},{"option":"timeout","layer":"annotation","place":"src/report.rs:20","by_default":false},{"option":"retry.max","layer":"annotation","place":"src/report.rs:20","by_default":false},{"option":"priority","layer":"annotation","place":"src/report.rs:20","by_default":false}]}]}
"#;
    assert_eq!((code, out.as_str()), (0, expected));
}

#[test]
fn every_document_is_json_and_has_the_same_keys() {
    let broken = scheduled(Schedule::Cron("61 * * * *"));
    let odd = Sample::task("b\"\\\u{1b}").with(|options| {
        options.start = Some(Start::Manual);
        options.timeout = Some(Limit::After(Duration::from_micros(1500)));
        let mut retry = RetryOptions::NONE;
        (retry.max, retry.factor) = (Some(MaxRetries::Unlimited), Some(f64::NAN));
        options.retry = Some(retry);
    });
    let (_, out, _) =
        listed(inputs(samples().into_iter().chain([broken, odd])), ListForm::Json, Screen::default());
    let document: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(document["problems"].as_array().map(Vec::len), Some(3), "{out}");
    let tasks = document["tasks"].as_array().expect("a list");
    let keys =
        |task: &serde_json::Value| task.as_object().map(|task| task.keys().cloned().collect::<Vec<_>>());
    assert_eq!(tasks.len(), 5);
    assert!(tasks.iter().all(|task| keys(task) == keys(&tasks[0])));
    assert_eq!(tasks[1]["timeout_ms"], 1.5);
    assert_eq!(tasks[1]["retry"]["max"], "unlimited");
    assert_eq!(tasks[1]["next"], serde_json::Value::Null);
    assert_eq!(tasks[0]["next"]["words"], "unknown");
    let empty: serde_json::Value =
        serde_json::from_str(&listed(inputs([]), ListForm::Json, Screen::default()).1).expect("JSON");
    assert_eq!(empty["tasks"], serde_json::json!([]));
}

#[test]
fn the_parts_of_a_retry_that_is_off_are_not_called_implicit() {
    let document = listed(inputs([Sample::task("a")]), ListForm::Json, Screen::default()).1;
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let expected = serde_json::json!([
        "start",
        "tags",
        "timeout",
        "stop_after",
        "deadline",
        "grace",
        "retry",
        "restart",
        "priority",
        "pool",
        "max_running",
        "overlap",
        "essential",
        "after",
        "on_shutdown",
        "stop_within",
        "enabled"
    ]);
    assert_eq!(document["tasks"][0]["implicit"], expected);
}

#[test]
fn a_service_is_listed_with_what_is_in_force_for_its_restarts() {
    let mut restart = RestartOptions::NONE;
    (restart.policy, restart.max) = (Some(RestartPolicy::OnFailure), Some(3));
    let service = Sample::task("serve").with(|options| {
        options.restart = Some(restart);
        options.stop_within = Some(Duration::from_secs(1));
    });
    assert_eq!(cells(service)[4..6], ["0*, restart on-failure", "skip*"]);
    let document = listed(inputs([service]), ListForm::Json, Screen::default()).1;
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let task = &document["tasks"][0];
    let expected = serde_json::json!({
        "policy": "on-failure", "delay_ms": 100, "factor": 2.0, "max_delay_ms": 30_000,
        "jitter": "full", "max": 3, "within_ms": 30_000,
    });
    assert_eq!((&task["restart"], &task["stop_within_ms"]), (&expected, &serde_json::json!(1000)));
    assert_eq!((&task["overlap"], &task["on_shutdown"]), (&"skip".into(), &"drop".into()));
    let implicit = task["implicit"].as_array().expect("a list");
    let parts: Vec<_> = implicit.iter().filter(|key| key.as_str().unwrap().starts_with("restart")).collect();
    let expected =
        ["restart.delay", "restart.factor", "restart.max_delay", "restart.jitter", "restart.within"];
    assert_eq!(parts, expected);
}

#[test]
fn the_documentation_of_services_shows_how_one_is_listed() {
    let mut restart = RestartOptions::NONE;
    restart.policy = Some(RestartPolicy::OnFailure);
    let mut service = Sample::task("serve_http").at("src/http.rs", 12);
    service.definition.description = "Serves the HTTP API until shutdown.";
    service.definition.options.restart = Some(restart);
    let screen = Screen { width: Some(80), colour: false };
    let (code, out, _) = listed(inputs([service]), ListForm::Table, screen);
    let documentation = include_str!("../../../../docs/services.md");
    assert_eq!(code, 0);
    assert!(
        documentation.contains(&format!("\n```text\n{out}```\n")),
        "docs/services.md should show:\n{out}"
    );
}

#[test]
fn the_documentation_names_every_key() {
    fn keys(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => fields.iter().for_each(|(key, value)| {
                found.push(key.clone());
                keys(value, found);
            }),
            serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            _ => {}
        }
    }
    let mut inputs = inputs(samples().into_iter().chain([Sample::scheduled("broken")]));
    inputs.pools = vec![("mail".into(), 4)];
    let document = listed(inputs, ListForm::Json, Screen::default()).1;
    let mut found = Vec::new();
    keys(&serde_json::from_str(&document).expect("JSON"), &mut found);
    assert!(found.len() > 40);
    let documentation = include_str!("../../../../docs/list-tasks.md");
    let missing: Vec<_> = found.iter().filter(|key| !documentation.contains(&format!("`{key}`"))).collect();
    assert_eq!(missing, [""; 0]);
}

fn overridden() -> PlanInputs {
    let mut inputs = inputs(samples());
    inputs.layers = vec![
        file(
            "[default]\ngrace = \"9s\"\n[task.prune_sessions]\nevery = \"10m\"\n[task.nightly_report]\ncron = \"off\"",
        ),
        variables(&[("TASKS__MIGRATE__ENABLED", "false"), ("TASKS__PRUNE_SESSIONS__AFTER", "")]),
    ];
    inputs
}

#[test]
fn the_table_says_below_what_is_overridden_and_by_whom() {
    let (code, out, err) = listed(overridden(), ListForm::Table, Screen::default());
    let warning = "warning: `timezone` of `nightly_report`, set at src/report.rs:20, is dropped: it needs a \
                   schedule, which is off at tasks.toml:6:1\n";
    assert_eq!((code, err.as_str()), (0, warning));
    let expected = "
OVERRIDDEN      OPTION           BY
migrate         grace = \"9s\"     [default], tasks.toml:2:1
migrate         enabled = false  TASKS__MIGRATE__ENABLED
nightly_report  cron = \"off\"     tasks.toml:6:1
nightly_report  grace = \"9s\"     [default], tasks.toml:2:1
prune_sessions  every = \"10m\"    tasks.toml:4:1
prune_sessions  grace = \"9s\"     [default], tasks.toml:2:1
prune_sessions  after = []       TASKS__PRUNE_SESSIONS__AFTER
";
    assert!(out.ends_with(expected), "{out}");
    assert!(out.contains("disabled: enabled = false, TASKS__MIGRATE__ENABLED"), "{out}");
    assert!(out.contains("nightly_report  off (tasks.toml:6:1)"), "{out}");
    let narrow = listed(overridden(), ListForm::Table, Screen { width: Some(80), colour: false }).1;
    assert!(narrow.contains("    every = \"10m\", set by tasks.toml:4:1\n"), "{narrow}");
}

#[test]
fn the_json_says_of_each_written_value_where_it_stands() {
    let out = listed(overridden(), ListForm::Json, Screen::default()).1;
    let document: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let nightly = &document["tasks"][1];
    assert_eq!(nightly["schedule"], serde_json::Value::Null);
    assert_eq!(nightly["no_schedule_because"], "off, tasks.toml:6:1");
    assert_eq!(nightly["next"], serde_json::Value::Null);
    let prune = document["tasks"][2]["origins"].clone();
    let expected = serde_json::json!([
        {"option": "every", "layer": "file", "place": "tasks.toml:4:1", "by_default": false},
        {"option": "grace", "layer": "file", "place": "tasks.toml:2:1", "by_default": true},
        {"option": "after", "layer": "environment", "place": "TASKS__PRUNE_SESSIONS__AFTER", "by_default": false},
    ]);
    assert_eq!(prune, expected);
    assert_eq!(document["tasks"][2]["schedule"]["period_ms"], 600_000);
}

/// Takes so many bytes and then fails.
struct Short(usize, io::ErrorKind);

impl io::Write for Short {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(self.1.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error_and_a_full_disk_is() {
    let checked = Plan::build(inputs(samples()));
    let now: Timestamp = NOW.parse().expect("an instant");
    for form in [ListForm::Table, ListForm::Json, ListForm::Names] {
        let write = |kind| {
            let mut err = Vec::new();
            let code = list(&checked, form, now, Screen::default(), &mut Short(10, kind), &mut err);
            (code, err.is_empty())
        };
        assert_eq!(write(io::ErrorKind::BrokenPipe), (0, true));
        assert_eq!(write(io::ErrorKind::StorageFull), (1, false));
    }
}

#[test]
fn problems_are_told_even_to_a_closed_pipe() {
    let checked = Plan::build(inputs([Sample::scheduled("a")]));
    let mut err = Vec::new();
    let out = &mut Short(0, io::ErrorKind::BrokenPipe);
    let code = list(&checked, ListForm::Table, Timestamp::UNIX_EPOCH, Screen::default(), out, &mut err);
    assert_eq!(code, 78);
    assert!(!err.is_empty());
}
