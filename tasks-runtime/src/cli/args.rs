//! What the command line said.

use std::path::PathBuf;

use super::{flags::Given, foresight::Foresight};
use crate::{config::Flag, plan::Selection};

/// The flags of `tasks`: `--list-tasks`, `--next-runs`, `--check-tasks`, `--forecast-runs`,
/// `--run-task`, `--task-input`, `--only-tasks`, `--skip-tasks`, `--tasks-config`, `--set-task`,
/// `--print-tasks-config`.
///
/// `main()` reads them by itself. With the feature `clap` they can be flattened
/// into an application's own parser; they hold neither `--help` nor `--version`.
/// [`Default`] is a command line without any of the flags.
///
/// # Examples
///
#[cfg_attr(feature = "clap", doc = "```")]
#[cfg_attr(not(feature = "clap"), doc = "```ignore")]
/// use clap::{Arg, Args, Command, FromArgMatches};
/// use tasks_runtime::cli::TaskArgs;
///
/// let command = TaskArgs::augment_args(Command::new("app").arg(Arg::new("port").long("port")));
/// let matches = command.get_matches_from(["app", "--port", "80", "--list-tasks=json"]);
/// let tasks = TaskArgs::from_arg_matches(&matches).unwrap();
/// assert!(tasks.is_command());
/// ```
///
/// With clap's derive: `#[command(flatten)] tasks: TaskArgs`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskArgs {
    command: Command,
    selection: Selection,
    file: Option<PathBuf>,
    flags: Vec<Flag>,
}

/// What the command line asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Command {
    /// The whole program.
    #[default]
    Supervise,
    /// `--list-tasks`
    List(ListForm),
    /// `--print-tasks-config`
    PrintConfig,
    /// `--run-task`, with `--task-input` as it was written.
    RunTask { name: String, input: Option<String> },
    /// `--next-runs`, `--check-tasks`, `--forecast-runs`
    Foresee(Foresight),
}

/// How tasks are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListForm {
    Table,
    Json,
    Names,
}

impl TaskArgs {
    /// Returns true if only a list, a check, a forecast or the configuration is asked for. An
    /// application can then skip its own set-up: nothing is started.
    pub fn is_command(&self) -> bool {
        matches!(self.command, Command::List(_) | Command::PrintConfig | Command::Foresee(_))
    }

    /// Takes in what was given, each list in the place of an earlier one.
    pub(super) fn take(&mut self, given: impl IntoIterator<Item = Given>) {
        let (mut only, mut skip, mut flags, mut input) = (Vec::new(), Vec::new(), Vec::new(), None);
        for given in given {
            match given {
                Given::List(form) => self.command = Command::List(form),
                Given::Run(name) => self.command = Command::RunTask { name, input: None },
                Given::Input(json) => input = Some(json),
                Given::Only(choices) => only.extend(choices),
                Given::Skip(choices) => skip.extend(choices),
                Given::File(file) => self.file = Some(file),
                Given::Set(flag) => flags.push(flag),
                Given::Print => self.command = Command::PrintConfig,
                Given::Foresee(asked) => self.command = Command::Foresee(asked),
            }
        }
        if let (Some(json), Command::RunTask { input, .. }) = (input, &mut self.command) {
            *input = Some(json);
        }
        let lists = [(only, &mut self.selection.only), (skip, &mut self.selection.skip)];
        for (list, kept) in lists.into_iter().filter(|(list, _)| !list.is_empty()) {
            *kept = list;
        }
        if !flags.is_empty() {
            self.flags = flags;
        }
    }

    pub(crate) fn command(&self) -> &Command {
        &self.command
    }

    /// The file and the options that it names.
    pub(crate) fn configuration(&self) -> (Option<PathBuf>, Vec<Flag>) {
        (self.file.clone(), self.flags.clone())
    }

    pub(crate) fn selection(&self) -> &Selection {
        &self.selection
    }
}
