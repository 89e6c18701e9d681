//! The command line of `main()`: the flags of `tasks`, `--help` and `--version`.

use std::{
    ffi::OsString,
    fmt::{self, Write as _},
    io::Write,
    path::Path,
};

use super::{
    TaskArgs,
    flags::{FORMS, Flag, ROWS},
    output::finish,
    words::{self, Stop},
};
use crate::{error::escaped, list::IntoList as _, text::joined};

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
    match words::read(args) {
        Ok(given) => {
            let mut args = TaskArgs::default();
            args.take(given);
            Ok(args)
        }
        Err(Stop::Help) => Err(show(&help(&name), out, err)),
        Err(Stop::Version) => Err(show(&version(&name, program), out, err)),
        Err(Stop::Wrong(what)) => {
            let text =
                format!("error: {what}\n\nUsage: {name} [OPTIONS]\n\nFor more information, try '--help'.\n");
            let _ = err.write_all(shown(&text).as_bytes());
            Err(2)
        }
    }
}

fn help(name: &str) -> String {
    let tasks: Vec<_> = ROWS
        .iter()
        .map(|row| {
            let forms = match row.flag {
                Flag::List => format!(" [possible values: {}]", joined(FORMS.map(|(form, _)| form), ", ")),
                _ => String::new(),
            };
            (format!("    {row}"), format!("{}{forms}", row.help))
        })
        .into_list();
    let options = [("-h, --help", "Print help"), ("-V, --version", "Print version")];
    let mut text = format!("Usage: {name} [OPTIONS]\n\nOptions:\n");
    columns(&options, &mut text);
    text.push_str("\nTasks:\n");
    columns(&tasks, &mut text);
    text
}

fn columns(rows: &[(impl fmt::Display + AsRef<str>, impl fmt::Display)], text: &mut String) {
    let width = rows.iter().map(|(left, _)| left.as_ref().chars().count()).max().unwrap_or(0);
    for (left, right) in rows {
        let _ = writeln!(text, "  {left:width$}  {right}");
    }
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
