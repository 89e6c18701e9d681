//! `--list-tasks`: every task with what is in force for it.

mod implicit;
mod json;
mod row;
mod table;
#[cfg(test)]
mod tests;
pub(super) mod words;

use std::io::{self, BufWriter, Write};

use jiff::Timestamp;

use super::{
    args::ListForm,
    output::{Screen, finish, report, warn},
};
use crate::{error::escaped, plan::Checked};

/// Lists on standard output, problems on standard error, and returns the exit code.
pub(crate) fn list_to_stdout(checked: &Checked, form: ListForm) -> u8 {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    list(checked, form, Timestamp::now(), Screen::of_stdout(), &mut out, &mut io::stderr())
}

/// Lists the tasks as far as they could be made out, and returns the exit
/// code: 2 and 78 if something is wrong with the words on the command line or
/// with the tasks, 1 if the list could not be written, else 0.
pub(crate) fn list(
    checked: &Checked,
    form: ListForm,
    now: Timestamp,
    screen: Screen,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let error = checked.error();
    if let Some(error) = error.as_ref().filter(|error| error.is_usage()) {
        return report(error, err);
    }
    warn(checked, err);
    let written = match form {
        ListForm::Table => table::write(&checked.plan, now, screen, out),
        ListForm::Json => json::write(checked, now, out),
        ListForm::Names => {
            checked.plan.tasks.iter().try_for_each(|task| writeln!(out, "{}", escaped(&task.name)))
        }
    };
    let code = finish(written.and_then(|()| out.flush()), err);
    error.map_or(code, |error| report(&error, err))
}
