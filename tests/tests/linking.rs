//! Which tasks are in a program, by what its linker was told.
#![cfg(target_os = "linux")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tests::{Launch, fixture};

const NAMES: [&str; 3] = ["clean_up", "fetch_mail", "send_mail"];

#[test]
fn a_crate_that_is_only_named_brings_its_tasks() {
    let end = fixture!("linked").arg("--list-tasks=names").run().with_code(0);
    assert_eq!(end.lines().lines(), NAMES);
}

/// Builds the fixture once more; by far the longest test of all.
#[test]
fn a_crate_that_is_only_named_brings_its_tasks_in_a_release_with_lto_and_strip_too() {
    let target = Path::new(env!("CARGO_BIN_EXE_linked")).parent().and_then(Path::parent);
    let target: PathBuf = target.expect("a target directory").join("linking");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--release", "--package", "tests", "--bin", "linked"])
        .args(["--config", "profile.release.lto='fat'", "--config", "profile.release.strip=true"])
        .args(["--config", "profile.release.opt-level=1", "--config", "profile.release.codegen-units=1"])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.is_ok_and(|status| status.success()), "the fixture was not built");
    let listed = |program: Launch| program.arg("--list-tasks").run().with_code(0).lines().lines();
    let release = listed(Launch::new(target.join("release/linked")));
    // Whatever the order of linking. The next firing of one task is a matter of time.
    let debug = listed(fixture!("linked"));
    let same = release.iter().zip(&debug).filter(|(release, debug)| release == debug).count();
    assert!(release.len() == 4 && same >= 3, "{release:#?}\n{debug:#?}");
    assert!(release[1..].iter().zip(NAMES).all(|(line, name)| line.starts_with(name)), "{release:#?}");
}

#[test]
fn a_program_without_any_task_is_78_with_the_reason_whether_run_or_listed() {
    for args in [&[][..], &["--list-tasks"], &["--list-tasks=json"], &["--run-task", "send_mail"]] {
        let program = args.iter().fold(fixture!("unlinked"), |program, arg| program.arg(*arg));
        let end = program.run().with_code(78).after(..Duration::from_secs(1));
        assert!(end.says("linker") && end.says("as _;"), "{args:?}: {}", end.lines().all());
        assert!(end.events("ready").is_empty());
    }
}

#[test]
fn two_crates_with_one_name_for_a_task_are_78_with_both_places() {
    for args in [&[][..], &["--list-tasks"]] {
        let program = args.iter().fold(fixture!("clash"), |program, arg| program.arg(*arg));
        let end = program.run().with_code(78).saying("send_mail");
        assert!(end.says("tests/mail-jobs/src/lib.rs:") && end.says("tests/other-mail-jobs/src/lib.rs:"));
        assert!(end.events("ready").is_empty() && end.events("run_started").is_empty());
    }
}
