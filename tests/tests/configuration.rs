//! Configuration as a whole program meets it: real files, variables and flags.
#![cfg(target_os = "linux")]

use std::{fs, path::PathBuf};

use tests::{End, Launch, Signal::SIGTERM, fixture};

/// An empty working directory of this test, with a `tasks.toml` if there is a text for it.
fn folder(test: &str, file: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("configuration").join(test);
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("tasks.toml");
    match file {
        "" => drop(fs::remove_file(path)),
        text => fs::write(path, text).expect("a file"),
    }
    folder
}

/// The fixture in a working directory.
fn in_folder(folder: &std::path::Path) -> Launch {
    fixture!("layered").through(&["env", "-C", folder.to_str().expect("UTF-8")])
}

#[track_caller]
fn nothing_started(end: End, code: i32) -> End {
    assert!(end.events("ready").is_empty() && end.marks("set up").is_empty());
    end.with_code(code)
}

#[test]
fn twelve_wrong_configurations_are_reported_in_one_start() {
    let folder = folder(
        "twelve",
        "[task.prune_sesions]\nevery = \"5m\"\n[task.wait]\nevery = \"5m\"\ngrace = \"5\"\n[task.nightly_report]\n\
         every = \"1h\"\njitter = \"1h\"\nalign = \"yes\"\n[default]\ncron = \"@daily\"\n[pool]\nmail = 3\n[shutdown]\n\
         budget = \"1s\"\n",
    );
    let end = in_folder(&folder)
        .mode("wrong")
        .env("TASKS__PRUNE_SESSIONS__EVERY", "abc")
        .env("TASKS__SEND_MAIL__RETRY__MAXX", "3")
        .env("TASKS_POOLS__MAIL", "none")
        .run();
    let end = nothing_started(end, 78);
    let expected = [
        ("src/bin/layered.rs:", "no task is called `prune_session`", "prune_sessions"),
        ("src/bin/layered.rs:", "unknown option `timout`", "timeout"),
        ("tasks.toml:1:7", "no task is called `prune_sesions`", "prune_sessions"),
        ("tasks.toml:4:1", "`every` goes with a schedule", ""),
        ("tasks.toml:5:1", "`grace` cannot be `\"5\"`: a unit is needed", "grace = \"5s\""),
        ("tasks.toml:9:1", "`align` cannot be `\"yes\"`: `align` is `true` or `false`", "align = true"),
        ("tasks.toml:11:1", "[default]: `cron` is a schedule", ""),
        ("tasks.toml:12:2", "unknown table `pool`", "[pools]"),
        ("tasks.toml:15:1", "the shutdown budget is 1s", "2s or more"),
        (
            "TASKS__PRUNE_SESSIONS__EVERY",
            "`every` cannot be `abc`: a number",
            "TASKS__PRUNE_SESSIONS__EVERY=5m",
        ),
        ("TASKS__SEND_MAIL__RETRY__MAXX", "unknown option `maxx` in `retry(…)`", ""),
        ("TASKS_POOLS__MAIL", "\"none\" is no size of a pool", "TASKS_POOLS__MAIL=4"),
    ];
    let told = end.events("start_failed");
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (place, problem, remedy) in expected {
        let fits = told.iter().any(|event| {
            let field = |name: &str| event.json[name].as_str().unwrap_or_default().to_owned();
            field("place").contains(place)
                && field("problem").contains(problem)
                && field("remedy").contains(remedy)
        });
        assert!(fits, "{place}: {problem} ({remedy})\n{told:#?}");
    }
}

#[test]
fn each_layer_stands_above_the_one_before() {
    let folder = folder("layers", "[task.prune_sessions]\nevery = \"2h\"\ntimeout = \"1m\"\n");
    let words = |launch: Launch| launch.arg("--list-tasks").run().with_code(0).lines().lines().join("\n");
    let list = words(in_folder(&folder).mode("fast"));
    assert!(list.contains("every 2h") && list.contains("every = \"2h\"    tasks.toml:2:1"), "{list}");
    let list = words(in_folder(&folder).env("TASKS__PRUNE_SESSIONS__EVERY", "3h"));
    assert!(list.contains("every 3h") && list.contains("timeout = \"1m\"  tasks.toml:3:1"), "{list}");
    let flag = in_folder(&folder).env("TASKS__PRUNE_SESSIONS__EVERY", "3h");
    let list = words(flag.arg("--set-task").arg("prune_sessions.every=4h"));
    assert!(list.contains("every 4h") && list.contains("--set-task prune_sessions.every=4h"), "{list}");
}

#[test]
fn what_is_configured_is_what_runs() {
    let folder = folder("runs", "");
    let mut program = in_folder(&folder).mode("fast").start();
    program.wait_for_mark("pruned");
    program.signal(SIGTERM);
    program.ends_within(std::time::Duration::from_secs(5)).with_code(0);
    // The annotation says three more attempts.
    let end = in_folder(&folder).env("TASKS__SEND_MAIL__RETRY", "0").arg("--run-task").arg("send_mail").run();
    assert_eq!(end.with_code(1).marks("tried").len(), 1);
}

#[test]
fn a_schedule_that_is_off_never_fires_and_the_program_goes_on() {
    let folder = folder("off", "[task.nightly_report]\ndelay = \"off\"\n");
    let mut program = in_folder(&folder).mode("off").start();
    let dropped = program.wait_for("option_dropped", |_| true);
    assert!(
        dropped.json["message"].as_str().is_some_and(|text| text.contains("`timezone` of `nightly_report`"))
    );
    program.signal(SIGTERM);
    let end = program.ends_within(std::time::Duration::from_secs(5)).with_code(0);
    assert!(end.marks("pruned").is_empty());
    let json =
        in_folder(&folder).mode("off").arg("--list-tasks=json").run().with_code(0).lines().lines().concat();
    assert!(json.contains("\"no_schedule_because\":\"off, tasks.toml:2:1\""), "{json}");
    assert!(json.contains("\"no_schedule_because\":\"off, tests/src/bin/layered.rs:"), "{json}");
}

#[test]
fn an_error_or_a_panic_in_the_application_s_own_part_is_78_with_its_text() {
    let folder = folder("own", "");
    for args in [&[][..], &["--list-tasks"][..], &["--run-task", "send_mail"][..]] {
        let launch = |mode| args.iter().fold(in_folder(&folder).mode(mode), |launch, arg| launch.arg(*arg));
        nothing_started(launch("error").run(), 78).saying("`configure` failed: the vault is locked");
        let end = nothing_started(launch("panic").may_say_panicked().run(), 78);
        end.saying("`configure` panicked: no configuration at all").saying("layered.rs:");
    }
}

#[test]
fn a_file_that_is_named_must_be_there_and_one_that_is_not_need_not() {
    let folder = folder("named", "");
    in_folder(&folder).arg("--list-tasks").run().with_code(0);
    let end = nothing_started(in_folder(&folder).arg("--tasks-config").arg("none.toml").run(), 78);
    end.saying("none.toml").saying("--tasks-config");
    let end = nothing_started(in_folder(&folder).env("TASKS_CONFIG", "nothing.toml").run(), 78);
    end.saying("nothing.toml").saying("TASKS_CONFIG");
    fs::write(folder.join("other.toml"), "[task.wait]\ngrace = \"9s\"\n").expect("a file");
    let named =
        in_folder(&folder).env("TASKS_CONFIG", "nothing.toml").arg("--tasks-config").arg("other.toml");
    named.arg("--list-tasks").run().with_code(0).saying("other.toml:2:1");
}

#[test]
fn a_program_may_look_at_nothing_around_it() {
    let folder = folder("alone", "[task.nobody]\nevery = \"5m\"\n");
    let alone =
        || in_folder(&folder).mode("alone").env("TASKS__NOBODY__EVERY", "x").env("TASKS_CONFIG", "none.toml");
    alone().arg("--list-tasks").run().with_code(0);
    // What somebody names on the command line counts all the same.
    nothing_started(alone().arg("--tasks-config").arg("tasks.toml").run(), 78).saying("nobody");
}

#[test]
fn a_library_reads_the_same_layers() {
    let folder = folder("start", "[task.wait]\ngrace = \"9s\"\n");
    in_folder(&folder).mode("start").run().with_code(0);
    let end = in_folder(&folder).mode("start").env("TASKS__WAIT__GRACE", "9").run();
    let refused = nothing_started(end, 78).marks("refused");
    assert!(refused[0].json["error"].as_str().is_some_and(|error| error.contains("TASKS__WAIT__GRACE: ")));
}

#[test]
fn a_file_that_is_no_toml_is_one_problem_with_line_and_column() {
    let folder = folder("syntax", "[task.wait]\ngrace = 9s\n");
    let end = nothing_started(in_folder(&folder).run(), 78);
    let told = end.events("start_failed");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(
        told[0].json["place"].as_str().is_some_and(|place| place.starts_with("tasks.toml:2:")),
        "{told:#?}"
    );
}

#[test]
fn a_value_that_is_no_text_is_a_problem_and_no_panic() {
    let folder = folder("bytes", "");
    let script = r#"TASKS__WAIT__GRACE=$(printf '\377') OTHER=$(printf '\377') exec "$@""#;
    let launch = fixture!("layered").through(&[
        "env",
        "-C",
        folder.to_str().expect("UTF-8"),
        "sh",
        "-c",
        script,
        "sh",
    ]);
    nothing_started(launch.run(), 78).saying("TASKS__WAIT__GRACE").saying("not UTF-8");
}

#[test]
fn a_wrong_word_in_a_flag_is_a_wrong_spelling() {
    let folder = folder("flags", "");
    for (flag, hint) in [
        ("wait", "send_mail.timeout=30s"),
        ("wiat.grace=1s", "did you mean `wait`?"),
        ("wait.grce=1s", "did you mean `grace`?"),
        ("wait.grace=1", "--set-task wait.grace=5s"),
    ] {
        let end = nothing_started(in_folder(&folder).arg("--set-task").arg(flag).run(), 2);
        end.saying(hint);
    }
}

#[test]
fn what_is_printed_is_the_same_configuration_again() {
    let before = folder("print", "[default]\ntimeout = \"1m\"\n[task.prune_sessions]\ncron = \"@daily\"\n");
    let print =
        |launch: Launch| launch.arg("--print-tasks-config").run().with_code(0).lines().lines().join("\n");
    let text = print(in_folder(&before).env("TASKS_POOLS__MAIL", "9"));
    assert!(text.contains("cron = \"@daily\"  # tasks.toml:4:1"), "{text}");
    assert!(text.contains("# Deletes sessions that expired.\n[task.prune_sessions]"), "{text}");
    let again = folder("printed", &text);
    let without_places = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split("  #").next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(without_places(&print(in_folder(&again))), without_places(&text));
}
