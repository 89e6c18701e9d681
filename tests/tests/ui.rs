//! What the attributes accept, and what they say of what they do not accept.
//!
//! `TRYBUILD=overwrite cargo test -p tests --test ui` writes the errors anew;
//! read the difference as somebody would who has just made the mistake.

use std::{io::Write, process::Command};

/// What the documentation quotes.
const DOCUMENT: &str = include_str!("../../docs/compile-errors.md");

/// The toolchain whose words the `.stderr` files quote.
const PINNED: &str = "1.95.0";

#[test]
fn right_annotations_compile_and_wrong_ones_say_what_is_wrong() {
    let tests = trybuild::TestCases::new();
    tests.pass("ui/pass/*/*.rs");
    if is_pinned() {
        tests.compile_fail("ui/fail/*/*.rs");
    } else {
        // Written past the capture of the test harness, which would hide it.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: the compile errors in tests/ui/fail are those of rustc {PINNED}"
        );
    }
}

fn is_pinned() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("rustc says its version");
    String::from_utf8_lossy(&version.stdout).split(' ').nth(1) == Some(PINNED)
}

#[test]
fn the_documented_errors_are_those_of_the_tests() {
    let quotations = DOCUMENT.split("<!-- tests/").skip(1).map(|part| {
        let (name, rest) = part.split_once(" -->\n```text\n").expect("a quotation follows its name");
        (name, rest.split_once("\n```\n").expect("a quotation ends").0)
    });
    let mut count = 0;
    for (name, quoted) in quotations {
        let path = format!("{}/{name}.stderr", env!("CARGO_MANIFEST_DIR"));
        let real = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(quoted, real.trim_end(), "docs/compile-errors.md no longer quotes {path}");
        count += 1;
    }
    assert_eq!(count, 20, "ten mistakes with each attribute");
    assert_eq!(DOCUMENT.matches("```text").count(), count, "each quotation names its test");
}
