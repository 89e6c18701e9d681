//! Command lines, read.

use std::{ffi::OsString, time::Duration};

use clap::{Arg, ArgAction, Args, FromArgMatches};

use super::{
    Program, TaskArgs,
    args::{Command, ListForm},
    foresight::Foresight,
    parse_main,
};
use crate::{
    config::Flag,
    plan::{Choice, Selection},
};

/// The exit code or the arguments, standard output, standard error.
type Parsed = (Result<TaskArgs, u8>, String, String);

fn parse_with(program: &Program, args: impl IntoIterator<Item = OsString>) -> Parsed {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = parse_main(program, args, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (args, text(out), text(err))
}

fn parse(args: &[&str]) -> Parsed {
    let args = ["/usr/bin/app"].iter().chain(args).map(OsString::from);
    parse_with(&Program { version: Some("1.2.3".into()) }, args)
}

/// The arguments of a command line without mistakes.
fn parsed(args: &[&str]) -> TaskArgs {
    let (args, out, err) = parse(args);
    assert_eq!((out.as_str(), err.as_str()), ("", ""));
    args.expect("nothing is wrong")
}

/// The complaint about a command line with mistakes.
fn refused(args: &[&str]) -> String {
    let (args, out, err) = parse(args);
    assert_eq!((args, out.as_str()), (Err(2), ""), "{err}");
    err
}

#[test]
fn without_a_flag_the_program_is_supervised() {
    assert_eq!(parsed(&[]), TaskArgs::default());
    assert_eq!(*parsed(&[]).command(), Command::Supervise);
    assert!(!parsed(&[]).is_command());
}

#[test]
fn lists_have_three_forms() {
    let form = |flag| parsed(&[flag]).command().clone();
    assert_eq!(form("--list-tasks"), Command::List(ListForm::Table));
    assert_eq!(form("--list-tasks=table"), Command::List(ListForm::Table));
    assert_eq!(form("--list-tasks=json"), Command::List(ListForm::Json));
    assert_eq!(form("--list-tasks=names"), Command::List(ListForm::Names));
    assert!(parsed(&["--list-tasks"]).is_command());
    let err = refused(&["--list-tasks=jsn"]);
    assert!(err.contains("table, json, names") && err.contains("'json'"), "{err}");
}

#[test]
fn one_task_is_run_by_name() {
    let args = parsed(&["--run-task", "send-mail"]);
    assert_eq!(*args.command(), Command::RunTask { name: "send-mail".into(), input: None });
    assert!(!args.is_command());
    for input in [&["--task-input", "-1"][..], &["--task-input=-1"]] {
        let args = parsed(&[&["--run-task", "send-mail"], input].concat());
        assert_eq!(*args.command(), Command::RunTask { name: "send-mail".into(), input: Some("-1".into()) });
    }
    for args in [
        &["--run-task"][..],
        &["--run-task", ""],
        &["--task-input", "1"],
        &["--run-task=a", "--task-input"],
        &["--run-task=a", "--task-input=1", "--task-input=2"],
        &["--run-task=a", "--list-tasks"],
        &["--run-task=a", "--only-tasks=b"],
    ] {
        refused(args);
    }
}

#[test]
fn choices_are_names_and_tags_with_commas_or_repeated() {
    let args = parsed(&["--only-tasks", "a, tag:mail", "--only-tasks=b", "--skip-tasks", "tag:slow"]);
    let (name, tag) = (|name: &str| Choice::Name(name.into()), |tag: &str| Choice::Tag(tag.into()));
    let expected = Selection { only: vec![name("a"), tag("mail"), name("b")], skip: vec![tag("slow")] };
    assert_eq!(*args.selection(), expected);
    for word in ["", "a,,b", ",", "tag:", "a,tag: "] {
        let err = refused(&["--only-tasks", word]);
        assert!(err.contains("expected"), "{err}");
    }
}

#[test]
fn a_wrong_spelling_is_shown_with_the_right_one() {
    let err = refused(&["--lst-tasks"]);
    assert!(err.contains("'--lst-tasks'") && err.contains("'--list-tasks'"), "{err}");
    assert!(refused(&["extra"]).contains("'extra'"));
}

#[test]
fn what_is_not_built_does_not_exist() {
    for flag in ["--task-status", "--task-input={}"] {
        refused(&[flag]);
    }
}

#[test]
fn help_has_one_heading_for_our_flags() {
    let (args, out, err) = parse(&["--help"]);
    assert_eq!((args, err.as_str()), (Err(0), ""));
    assert!(out.contains("Usage: app [OPTIONS]"), "{out}");
    assert_eq!(out.matches("\nTasks:\n").count(), 1, "{out}");
    for flag in
        ["--list-tasks[=<FORM>]", "--run-task <NAME>", "--only-tasks", "--skip-tasks", "--version", "--help"]
    {
        assert!(out.contains(flag), "{out}");
    }
}

#[test]
fn the_version_is_the_one_that_the_builder_was_given() {
    let (args, out, _) = parse(&["--version"]);
    assert_eq!((args, out.as_str()), (Err(0), "app 1.2.3\n"));
    let (args, out, _) = parse_with(&Program::default(), ["app", "-V"].map(OsString::from));
    assert_eq!(args, Err(0));
    assert!(out.starts_with("app, version not given (tasks-runtime "), "{out}");
}

#[test]
fn help_to_a_full_disk_is_an_error_and_to_a_closed_pipe_is_none() {
    struct Failing(std::io::ErrorKind);
    impl std::io::Write for Failing {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let help = |kind| {
        let args = ["app", "--help"].map(OsString::from);
        parse_main(&Program::default(), args, &mut Failing(kind), &mut Vec::new())
    };
    assert_eq!(help(std::io::ErrorKind::BrokenPipe), Err(0));
    assert_eq!(help(std::io::ErrorKind::StorageFull), Err(1));
}

#[test]
fn a_process_may_be_started_without_any_argument() {
    assert_eq!(parse_with(&Program::default(), []).0, Ok(TaskArgs::default()));
}

#[test]
fn control_characters_of_an_argument_are_spelled_out() {
    let err = refused(&["--\u{1b}[31m"]);
    assert!(!err.contains('\u{1b}') && err.contains("\\u{1b}[31m"), "{err}");
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_utf_8_are_refused() {
    use std::os::unix::ffi::OsStringExt;
    let bytes = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    for bad in [&b"\xff"[..], b"--\xff", b"--only-tasks=\xff", b"--list-tasks=\xff", b"--run-task=\xff"] {
        let (args, _, err) = parse_with(&Program::default(), [bytes(b"/\xff/app\xff"), bytes(bad)]);
        assert_eq!(args, Err(2), "{err}");
        assert!(err.starts_with("error: "), "{err}");
    }
}

#[test]
fn an_application_keeps_its_own_arguments_and_headings() {
    let command = clap::Command::new("app").arg(Arg::new("port").long("port"));
    let command = TaskArgs::augment_args(command)
        .arg(Arg::new("run_task").long("dry-run").action(ArgAction::SetTrue).help("Its own"));
    let mut for_help = command.clone();
    let matches = command
        .try_get_matches_from(["app", "--port=80", "--dry-run", "--skip-tasks", "a"])
        .expect("nothing is wrong");
    assert_eq!(matches.get_one::<String>("port").map(String::as_str), Some("80"));
    let args = TaskArgs::from_arg_matches(&matches).expect("the flags are there");
    assert_eq!(args.selection().skip, [Choice::Name("a".into())]);
    let help = for_help.render_help().to_string();
    let (options, tasks) = help.split_once("\nTasks:\n").expect("a heading");
    assert!(options.contains("--dry-run") && !tasks.contains("--dry-run"), "{help}");
}

#[test]
fn the_flags_are_consistent_for_clap_and_missing_ones_are_an_error() {
    TaskArgs::augment_args(clap::Command::new("app")).debug_assert();
    let matches = clap::Command::new("app").get_matches_from(["app"]);
    assert!(TaskArgs::from_arg_matches(&matches).is_err());
}

#[test]
fn a_file_and_single_options_are_named() {
    let args =
        parsed(&["--tasks-config", "a.toml", "--set-task", "send.retry.max=3", "--set-task=a.cron=* * = *"]);
    let flag = |task: &str, key: &str, part: Option<&str>, value: &str| Flag {
        task: task.into(),
        key: key.into(),
        part: part.map(str::to_owned),
        value: value.into(),
    };
    let flags = vec![flag("send", "retry", Some("max"), "3"), flag("a", "cron", None, "* * = *")];
    assert_eq!(args.configuration(), (Some("a.toml".into()), flags));
    for word in ["", "a", "a=b", "a.b", ".b=c", "a.=c"] {
        let err = refused(&["--set-task", word]);
        assert!(err.contains("send_mail.timeout=30s") || err.contains("value is required"), "{err}");
    }
}

#[test]
fn printing_the_configuration_is_a_command() {
    let args = parsed(&["--print-tasks-config", "--skip-tasks=a"]);
    assert!(args.is_command() && *args.command() == Command::PrintConfig);
    for other in ["--list-tasks", "--run-task=a"] {
        refused(&["--print-tasks-config", other]);
    }
}

#[test]
fn what_would_happen_is_asked_for_one_thing_at_a_time() {
    let asked = |args: &[&str]| parsed(args).command().clone();
    assert_eq!(asked(&["--next-runs"]), Command::Foresee(Foresight::NextRuns(5)));
    assert_eq!(asked(&["--next-runs=20"]), Command::Foresee(Foresight::NextRuns(20)));
    assert_eq!(asked(&["--check-tasks"]), Command::Foresee(Foresight::Check));
    let week = Duration::from_secs(7 * 86_400);
    assert_eq!(asked(&["--forecast-runs", "7d"]), Command::Foresee(Foresight::Forecast(week)));
    assert!(parsed(&["--check-tasks", "--only-tasks=a"]).is_command());
    for (args, text) in [
        (&["--next-runs=0"][..], "a number from 1 to 1000 is expected"),
        (&["--next-runs=many"], "a number from 1 to 1000 is expected"),
        (&["--forecast-runs"], "DURATION"),
        (&["--forecast-runs=7"], "unit"),
        (&["--forecast-runs=10ms"], "at least 1s"),
        (&["--check-tasks", "--next-runs"], "cannot be used with"),
        (&["--check-tasks", "--list-tasks"], "cannot be used with"),
        (&["--forecast-runs=1d", "--run-task=a"], "cannot be used with"),
        (&["--check-task"], "--check-tasks"),
    ] {
        let err = refused(args);
        assert!(err.contains(text), "{args:?}: {err}");
    }
}

#[test]
fn an_applications_parser_reads_the_same_from_the_same_words() {
    for args in [
        &[][..],
        &["--list-tasks"],
        &["--list-tasks=names", "--only-tasks", "a, tag:mail", "--only-tasks=b"],
        &["--run-task", " a ", "--task-input", "-1"],
        &["--task-input={}", "--run-task=a"],
        &[
            "--skip-tasks=a,b",
            "--tasks-config",
            "a.toml",
            "--set-task",
            "a.retry.max=3",
            "--set-task=a.cron=* = *",
        ],
        &["--print-tasks-config", "--only-tasks=a"],
        &["--next-runs"],
        &["--next-runs=7"],
        &["--check-tasks"],
        &["--forecast-runs", "7d"],
        // And these, neither of them.
        &["--list-tasks", "json"],
        &["--list-tasks=jsn"],
        &["--list-tasks", "--list-tasks"],
        &["--run-task"],
        &["--run-task", "--list-tasks"],
        &["--task-input=1"],
        &["--only-tasks=a,"],
        &["--only-tasks=a", "--run-task=b"],
        &["--check-tasks=yes"],
        &["--check-tasks", "--print-tasks-config"],
        &["--next-runs=0"],
        &["--set-task=a"],
        &["-l"],
        &["serve"],
    ] {
        let command = TaskArgs::augment_args(clap::Command::new("app"));
        let matches = command.try_get_matches_from(["app"].iter().chain(args));
        let theirs = matches.and_then(|matches| TaskArgs::from_arg_matches(&matches)).ok();
        assert_eq!(parse(args).0.ok(), theirs, "{args:?}");
    }
}
