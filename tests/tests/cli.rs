//! The command line of a whole program.
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead, BufReader},
    time::Duration,
};

use tests::{End, Launch, SLACK, Signal::SIGTERM, fixture};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The command wrote its output, started nothing and was quick.
#[track_caller]
fn quick(end: End) -> End {
    let end = end.after(..ms(200) + SLACK);
    assert!(end.events("ready").is_empty() && end.events("run_started").is_empty());
    end
}

#[test]
fn tasks_are_listed_sorted_and_nothing_is_started() {
    let table = quick(fixture!("linked").arg("--list-tasks").run().with_code(0)).lines().lines();
    let names: Vec<_> = table.iter().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["NAME", "clean_up", "fetch_mail", "send_mail"], "{table:#?}");
    let names = quick(fixture!("linked").arg("--list-tasks=names").run().with_code(0)).lines().lines();
    assert_eq!(names, ["clean_up", "fetch_mail", "send_mail"]);
    let json = quick(fixture!("linked").arg("--list-tasks=json").run().with_code(0)).lines().lines().concat();
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let json = json.to_string();
    let places: Vec<_> = ["clean_up", "fetch_mail", "send_mail"].iter().map(|name| json.find(name)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{json}");
}

#[test]
fn listing_runs_no_set_up() {
    let end = quick(fixture!("many").mode("set-up").arg("--list-tasks").run().with_code(0));
    assert!(end.marks("set up").is_empty());
}

#[test]
fn questions_about_the_future_start_nothing_and_run_no_set_up() {
    for (arg, text) in [
        ("--next-runs", "TASK"),
        ("--check-tasks", "no problem was found in "),
        ("--forecast-runs=1h", "Most due on the same second"),
    ] {
        let end = quick(fixture!("many").mode("set-up").arg(arg).run().with_code(0)).saying(text);
        assert!(end.marks("set up").is_empty());
        quick(fixture!("clash").arg(arg).run().with_code(78)).saying("is used again");
        quick(fixture!("unlinked").arg(arg).run().with_code(78)).saying("as _;");
    }
}

#[test]
fn a_wrong_spelling_ends_with_2_and_a_suggestion() {
    let cases: [(&[&str], &str); 7] = [
        (&["--lst-tasks"], "--list-tasks"),
        (&["--list-tasks=yaml"], "json"),
        (&["--only-tasks", "need_1s"], "needs_1s"),
        (&["--skip-tasks", "need_1s"], "needs_1s"),
        (&["--run-task", "need_1s"], "needs_1s"),
        (&["--run-task", "deaf", "--only-tasks", "deaf"], "cannot be used with"),
        (&["serve"], "serve"),
    ];
    for (args, text) in cases {
        let program = args.iter().fold(fixture!("many"), |program, arg| program.arg(*arg));
        quick(program.run().with_code(2)).saying(text);
    }
}

#[test]
fn help_and_version_are_written_and_end_with_0() {
    quick(fixture!("many").arg("--version").run().with_code(0)).saying("1.2.3");
    let end = quick(fixture!("many").arg("--help").run().with_code(0));
    for flag in ["--list-tasks", "--run-task", "--only-tasks", "--skip-tasks", "--help", "--version"] {
        assert!(end.says(flag), "{flag}");
    }
}

#[test]
fn a_full_disk_is_an_error_and_a_closed_stream_is_not_a_panic() {
    let lists = ["--list-tasks", "--list-tasks=json", "--list-tasks=names", "--next-runs"];
    for arg in lists.into_iter().chain(["--check-tasks", "--forecast-runs=1h", "--help", "--version"]) {
        quick(fixture!("many").arg(arg).stdout(Launch::file("/dev/full")).run().with_code(1)).saying("error");
        let closed = fixture!("many").arg(arg).through(&["sh", "-c", r#"exec "$@" >&-"#, "sh"]);
        let code = closed.run().code();
        assert!(code == 0 || code == 1, "{arg}: {code}");
    }
    let both = fixture!("many").arg("--list-tasks").stdout(Launch::file("/dev/full"));
    quick(both.stderr(Launch::file("/dev/full")).run().with_code(1));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    for form in ["--list-tasks", "--list-tasks=json", "--list-tasks=names", "--next-runs"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let program = fixture!("many").mode("ten thousand").arg(form).stdout(writer).spawn();
        let mut line = String::new();
        let read = BufReader::with_capacity(1, reader).read_line(&mut line);
        assert!(read.is_ok_and(|read| read > 0));
        let end = program.ends_within(ms(10_000)).with_code(0);
        assert_eq!(end.lines().lines(), [""; 0]);
    }
}

#[test]
fn a_number_of_workers_that_is_none_is_78_and_nobodys_panic() {
    for value in ["0", "four", "-1", ""] {
        let program = fixture!("many").tasks("done_at_once").env("TOKIO_WORKER_THREADS", value);
        let end = quick(program.run().with_code(78)).saying("TOKIO_WORKER_THREADS");
        assert_eq!(end.events("start_failed").len(), 1);
        let list = fixture!("linked").arg("--list-tasks=names").env("TOKIO_WORKER_THREADS", value);
        quick(list.run().with_code(0));
    }
}

#[test]
fn too_few_descriptors_are_told_and_nobodys_panic() {
    for descriptors in 4..20 {
        let limit = format!(r#"ulimit -n {descriptors}; exec "$@""#);
        let program = fixture!("many").tasks("done_at_once").mode("exit when idle");
        let end = program.through(&["sh", "-c", &limit, "sh"]).run();
        let ran = end.outcomes("done_at_once") == ["succeeded"];
        assert_eq!(end.code(), if ran { 0 } else { 1 }, "{}", end.lines().all());
        assert!(ran || end.events("start_failed").len() == 1, "{descriptors}: {}", end.lines().all());
    }
}

#[test]
fn arguments_and_variables_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"\xff");
    quick(fixture!("many").arg(odd).run().with_code(2));
    quick(fixture!("many").arg("--only-tasks").arg(odd).run().with_code(2));
    let shell = r#"FOO=$(printf '\377') RUST_LOG=$FOO exec "$@""#;
    let program = fixture!("many").tasks("done_at_once").mode("exit when idle");
    program.through(&["sh", "-c", shell, "sh"]).run().with_code(0);
}

#[test]
fn only_and_skip_choose_what_starts() {
    let mut program = fixture!("many").tasks("client").arg("--skip-tasks").arg("database").start();
    program.wait_for_start_of("client");
    let ready = program.wait_for("ready", |_| true);
    assert_eq!(ready.number("tasks"), 2, "client and server, which it is after: {}", ready.json);
    assert!(ready.text("notes").contains("database"), "{}", ready.json);
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(0);
    assert!(end.outcomes("database").is_empty());
}

#[test]
fn nothing_left_to_run_is_78() {
    let program = fixture!("linked").arg("--skip-tasks").arg("clean_up,fetch_mail,send_mail");
    let end = quick(program.run().with_code(78));
    assert_eq!(end.events("start_failed").len(), 1);
}

fn run_task(name: &str) -> Launch {
    fixture!("many").arg("--run-task").arg(name)
}

#[test]
fn one_task_is_run_in_the_foreground_and_its_outcome_is_the_exit_code() {
    for (name, code) in [
        ("done_at_once", 0),
        ("third_time_lucky", 0),
        ("disabled", 0),
        ("hourly", 0),
        ("essential_ends_well", 0),
        ("fatal", 1),
        ("never_lucky", 1),
        ("limited", 1),
        ("boom", 1),
        ("essential_fails", 1),
    ] {
        let end = run_task(name).run().with_code(code).after(..ms(2000));
        assert_eq!(end.outcomes(name).len(), 1, "{name}");
        assert_eq!(end.events("run_ended").len(), 1, "no other task runs");
    }
}

#[test]
fn one_task_is_run_after_set_up_and_before_teardown() {
    let end = run_task("done_at_once").mode("set-up").run().with_code(0);
    assert_eq!(end.marks("set up").len(), 1);
    let end = run_task("done_at_once").mode("teardown").run().with_code(0);
    assert_eq!(end.marks("teardown").len(), 1);
    run_task("done_at_once").mode("set-up fails").run().with_code(1);
}

#[test]
fn one_task_that_a_signal_ended_before_it_succeeded_is_124() {
    for (name, event) in [
        ("deaf", "run_started"),
        ("fails_when_told", "run_started"),
        ("between_attempts", "retry_scheduled"),
        ("droppable", "run_started"),
    ] {
        let mut program = run_task(name).budget(ms(2000)).spawn();
        program.wait_for(event, |event| event.is_of(name));
        program.stop(SIGTERM);
        let end = program.ends_within(ms(2000)).with_code(124).after(..ms(2000));
        assert_eq!(end.outcomes(name), ["interrupted"]);
    }
    let mut program = run_task("stuck_a").budget(ms(2000)).workers(1).spawn();
    program.wait_for_mark("stuck_a");
    program.stop(SIGTERM);
    program.ends_within(ms(2000)).with_code(124).naming("stuck_a", "abandoned");
}

#[test]
fn one_task_that_a_signal_kept_from_starting_is_124() {
    let mut program = run_task("done_at_once").mode("set-up takes long").spawn();
    program.wait_for_mark("set-up began");
    program.stop(SIGTERM);
    let end = program.ends_within(ms(1000)).with_code(124).after(..ms(1000));
    assert!(end.events("run_started").is_empty());
}

#[test]
fn one_task_that_succeeds_although_a_signal_came_is_0() {
    let mut program = run_task("needs_1s").spawn();
    program.wait_for_start_of("needs_1s");
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0).after(ms(1000)..);
}

#[test]
fn one_task_is_given_its_input_as_json() {
    let end = run_task("takes_mail")
        .arg("--task-input")
        .arg(r#"{"to": [{"name": "Ann"}, {"name": "Bob"}], "copies": 2}"#)
        .run()
        .with_code(0);
    // Twice, since the first attempt fails: the second one has a copy.
    let marks = end.marks("takes_mail");
    assert_eq!(marks.len(), 2);
    for mark in marks {
        assert_eq!(mark.json["to"], serde_json::json!(["Ann", "Bob"]));
        assert_eq!(mark.json["copies"], 2);
    }
    let end = run_task("takes_a_number").arg("--task-input").arg("-7").run().with_code(0);
    assert_eq!(end.marks("takes_a_number")[0].json["number"], -7);
}

#[test]
fn an_input_that_does_not_fit_is_2_with_the_place_and_an_example_and_nothing_is_set_up() {
    let mail = |json: &str| run_task("takes_mail").arg("--task-input").arg(json);
    let example = r#"--run-task takes_mail --task-input '{"to": …, "copies": …}'"#;
    for (program, texts) in [
        (
            mail(r#"{"to": [{"name": "Ann"}, {"name": 5}], "copies": 2}"#),
            ["at `to[1].name`: invalid type: integer `5`, expected a string", example],
        ),
        (
            mail(r#"{"to": [], "copies": 256}"#),
            ["at `copies`: invalid value: integer `256`, expected u8", example],
        ),
        (mail(r#"{"to": []}"#), ["missing field `copies`", example]),
        (mail(r#"{"to": [], "copies": 1} x"#), ["trailing characters", example]),
        (mail(""), ["EOF while parsing", example]),
        (run_task("takes_mail"), ["takes an input of type `many::inputs::Mail`", example]),
        (run_task("takes_a_number"), ["takes an input of type `i64`", "--task-input '1'"]),
        (
            run_task("done_at_once").arg("--task-input").arg("1"),
            ["takes no input", "as in `--run-task done_at_once`"],
        ),
        (
            run_task("takes_what_nobody_reads").arg("--task-input=1"),
            ["reading it panicked: reading is broken", "--task-input 'JSON'"],
        ),
    ] {
        let end = quick(program.mode("set-up").run().with_code(2));
        for text in texts {
            assert!(end.says(text), "{text}: {end:?}");
        }
        assert!(end.marks("set up").is_empty());
    }
}

#[test]
fn a_list_shows_who_takes_an_input() {
    let list = |flag| quick(fixture!("many").tasks("takes_mail,done_at_once").arg(flag).run().with_code(0));
    let table = list("--list-tasks").lines().lines();
    let row = table.iter().find(|line| line.starts_with("takes_mail ")).expect("it is listed");
    assert!(row.contains("  on demand, with an input  "), "{row}");
    let json = list("--list-tasks=json").lines().lines().concat();
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let tasks = json["tasks"].as_array().expect("a list");
    let input = |name| tasks.iter().find(|task| task["name"] == name).map(|task| task["input"].clone());
    assert_eq!(input("takes_mail"), Some("many::inputs::Mail".into()));
    assert_eq!(input("done_at_once"), Some(serde_json::Value::Null));
}
