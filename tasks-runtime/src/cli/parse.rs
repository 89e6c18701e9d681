//! The command line of `main()`: the flags of `tasks`, `--help` and `--version`.

use std::{ffi::OsString, io::Write, path::Path};

use clap::{Args, FromArgMatches, error::ErrorKind};

use super::{TaskArgs, output::finish};
use crate::error::escaped;

/// What `--help` and `--version` show.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    /// As `Builder::version` was given it.
    pub(crate) version: Option<String>,
}

/// Reads a command line, the program's own name first.
///
/// # Errors
///
/// The exit code when nothing is left to do: 0 after `--help` and `--version`,
/// 1 if they could not be written, 2 after a wrong spelling.
pub(crate) fn parse_main(
    program: &Program,
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<TaskArgs, u8> {
    let mut args = args.into_iter();
    // The name is lossy for display only; a process may also be started without any.
    let own = args.next().unwrap_or_default();
    let name = match Path::new(&own).file_name() {
        Some(name) => escaped(&name.to_string_lossy()).into_owned(),
        None => "program".to_owned(),
    };
    let command = clap::Command::new("program")
        .bin_name(name.as_str())
        .version("unknown")
        .disable_help_subcommand(true)
        .no_binary_name(true);
    TaskArgs::augment_args(command)
        .try_get_matches_from(args)
        .and_then(|matches| TaskArgs::from_arg_matches(&matches))
        .map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp => show(&error.render().to_string(), out, err),
            // Written here: clap takes a version that lives for ever only.
            ErrorKind::DisplayVersion => show(&version(&name, program), out, err),
            _ => {
                let _ = err.write_all(shown(&error.render().to_string()).as_bytes());
                2
            }
        })
}

fn version(name: &str, program: &Program) -> String {
    match &program.version {
        Some(version) => format!("{name} {version}\n"),
        None => format!("{name}, version not given (tasks-runtime {})\n", env!("CARGO_PKG_VERSION")),
    }
}

fn show(text: &str, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    finish(out.write_all(shown(text).as_bytes()).and_then(|()| out.flush()), err)
}

/// Keeps the lines, and spells out whatever else an argument brought along.
fn shown(text: &str) -> String {
    text.lines().flat_map(|line| [escaped(line), "\n".into()]).collect()
}
