//! What the attributes accept, and what they say of what they do not accept.
//!
//! `TRYBUILD=overwrite cargo test -p tests --test ui` writes the errors anew;
//! read the difference as somebody would who has just made the mistake.

use std::{
    io::Write,
    path::Path,
    process::Command,
};

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
