//! Running other programs, and saying what is going on.

use std::{
    error::Error,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Returns the folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Returns cargo as it was called, ready to work on the whole workspace.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Says something on stderr. That nobody listens is no error.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Says which step begins.
pub(crate) fn step(name: &str) {
    say(&format!("\n== {name}"));
}

/// Runs a program to its end and demands success.
pub(crate) fn execute(command: &mut Command) -> Result {
    let shown = shown(command);
    say(&format!("$ {shown}"));
    let status = command.status().map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("`{shown}` ended with {status}").into()),
    }
}

/// Runs a program to its end, demands success and returns what it wrote to stdout.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.output().map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    if !output.status.success() {
        say(&String::from_utf8_lossy(&output.stderr));
        return Err(format!("`{shown}` ended with {}", output.status).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
