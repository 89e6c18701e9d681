//! Where a listing goes, and what happens when it does not get there.

use std::{
    env,
    io::{self, ErrorKind, IsTerminal, Write},
};

use crate::{
    error::{Error, escaped},
    plan::Checked,
    text::joined,
};

/// What is known of the place that text is written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Screen {
    /// Columns. None: nobody looks at lines as they are cut, as in a pipe.
    pub(crate) width: Option<usize>,
    pub(crate) colour: bool,
}

impl Screen {
    const NARROWEST: usize = 40;
    const USUAL: usize = 80;

    /// What standard output is.
    pub(crate) fn of_stdout() -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let columns = set("COLUMNS").and_then(|columns| columns.to_str()?.trim().parse::<usize>().ok());
        Self::new(
            io::stdout().is_terminal(),
            columns,
            set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb"),
        )
    }

    /// `columns` is exported by tools that show output on a screen of their
    /// own, such as `watch`, so it counts without a terminal too.
    fn new(terminal: bool, columns: Option<usize>, plain: bool) -> Self {
        let usual = terminal.then_some(Self::USUAL);
        Self {
            width: columns.map(|columns| columns.max(Self::NARROWEST)).or(usual),
            colour: terminal && !plain,
        }
    }
}

/// Turns the end of writing into an exit code: a reader that has seen enough
/// is no error, a full disk is.
pub(crate) fn finish(written: io::Result<()>, err: &mut dyn Write) -> u8 {
    match written {
        Ok(()) => 0,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => 0,
        Err(error) => {
            // Nothing is left to say it to if this fails too.
            let _ = writeln!(err, "error: writing the output failed: {error}");
            1
        }
    }
}

/// Tells what a running program would log as a warning.
pub(crate) fn warn(checked: &Checked, err: &mut dyn Write) {
    for warning in &checked.plan.warnings {
        let _ = writeln!(err, "warning: {}", escaped(warning));
    }
}

/// Tells why the program does not start, and returns the exit code.
pub(crate) fn report(error: &Error, err: &mut dyn Write) -> u8 {
    let text = error.to_string();
    let _ = writeln!(err, "error: {}", joined(text.lines().map(escaped), "\n"));
    error.exit_code()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_did_not_refuse_them() {
        assert!(Screen::new(true, None, false).colour);
        assert!(!Screen::new(true, None, true).colour);
        assert!(!Screen::new(false, Some(80), false).colour);
    }

    #[test]
    fn a_pipe_has_no_width_unless_somebody_says_so() {
        assert_eq!(Screen::new(false, None, false).width, None);
        assert_eq!(Screen::new(true, None, false).width, Some(80));
        assert_eq!(Screen::new(false, Some(120), false).width, Some(120));
        assert_eq!(Screen::new(true, Some(0), false).width, Some(40));
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is() {
        let mut err = Vec::new();
        assert_eq!(finish(Err(ErrorKind::BrokenPipe.into()), &mut err), 0);
        assert!(err.is_empty());
        assert_eq!(finish(Err(ErrorKind::StorageFull.into()), &mut err), 1);
        assert!(err.starts_with(b"error: writing the output failed: "));
    }
}
