//! The flags, as something that any clap parser can take in.

use std::path::PathBuf;

use clap::{
    Arg, ArgAction, ArgGroup, ArgMatches,
    builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser},
    error::ErrorKind,
};

use super::foresight::{Foresight, flags as foresight};
use crate::{
    config::Flag,
    plan::{Choice, Selection},
};

/// The flags of `tasks`: `--list-tasks`, `--next-runs`, `--check-tasks`, `--forecast-runs`,
/// `--run-task`, `--task-input`, `--only-tasks`, `--skip-tasks`, `--tasks-config`, `--set-task`,
/// `--print-tasks-config`.
///
/// It is made to be flattened into an application's own parser, and holds
/// neither `--help` nor `--version`. [`Default`] is a command line without any
/// of the flags.
///
/// # Examples
///
/// ```
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

/// Ids are the application's name space too; these have a prefix.
mod id {
    pub(super) const GROUP: &str = "tasks-runtime";
    pub(super) const LIST: &str = "tasks-runtime.list-tasks";
    pub(super) const RUN: &str = "tasks-runtime.run-task";
    pub(super) const INPUT: &str = "tasks-runtime.task-input";
    pub(super) const ONLY: &str = "tasks-runtime.only-tasks";
    pub(super) const SKIP: &str = "tasks-runtime.skip-tasks";
    pub(super) const PRINT: &str = "tasks-runtime.print-tasks-config";
    pub(super) const FILE: &str = "tasks-runtime.tasks-config";
    pub(super) const SET: &str = "tasks-runtime.set-task";
}

impl clap::Args for TaskArgs {
    fn group_id() -> Option<clap::Id> {
        Some(clap::Id::from(id::GROUP))
    }

    fn augment_args(command: clap::Command) -> clap::Command {
        let forms = [
            PossibleValue::new("table").help("for people"),
            PossibleValue::new("json").help("for programs"),
            PossibleValue::new("names").help("one name a line"),
        ];
        // The heading is set on each flag: `next_help_heading` would take the
        // flags that the application adds after these.
        let flag = |id: &'static str, long: &'static str| Arg::new(id).long(long).help_heading("Tasks");
        let list = flag(id::LIST, "list-tasks")
            .value_name("FORM")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("table")
            .value_parser(PossibleValuesParser::new(forms).map(|form| match form.as_str() {
                "json" => ListForm::Json,
                "names" => ListForm::Names,
                _ => ListForm::Table,
            }))
            .help("List the tasks with what is in force for each, and start nothing");
        let run = flag(id::RUN, "run-task")
            .value_name("NAME")
            .value_parser(StringValueParser::new().try_map(name))
            .conflicts_with_all([id::LIST, id::ONLY, id::SKIP])
            .help("Run one task in the foreground and exit 0 if it succeeded");
        let input = flag(id::INPUT, "task-input")
            .value_name("JSON")
            // A number below zero, and whatever else begins with a dash.
            .allow_hyphen_values(true)
            .requires(id::RUN)
            .help("The input of that task, if it takes one");
        let only = choices(flag(id::ONLY, "only-tasks"))
            .help("Disable all other tasks, except those that the chosen ones are after");
        let skip = choices(flag(id::SKIP, "skip-tasks"))
            .help("Disable these tasks; tasks that are after them do not wait for them");
        let file = flag(id::FILE, "tasks-config")
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help("Read this file instead of tasks.toml");
        let set = flag(id::SET, "set-task")
            .value_name("NAME.KEY=VALUE")
            .action(ArgAction::Append)
            .value_parser(StringValueParser::new().try_map(|word| setting(&word)))
            .help("Set an option of a task, above file and environment");
        let print = flag(id::PRINT, "print-tasks-config")
            .action(ArgAction::SetTrue)
            .conflicts_with_all([id::LIST, id::RUN])
            .help("Print a tasks.toml of what is in force, and start nothing");
        let ids = [id::LIST, id::RUN, id::INPUT, id::ONLY, id::SKIP, id::FILE, id::SET, id::PRINT];
        command
            .group(ArgGroup::new(id::GROUP).multiple(true).args(ids))
            .args([list, run, input, only, skip, file, set, print])
            .args(foresight::all(flag, id::GROUP, &[id::LIST, id::RUN, id::PRINT]))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

fn choices(flag: Arg) -> Arg {
    flag.value_name("NAME|tag:TAG,…")
        .action(ArgAction::Append)
        .value_delimiter(',')
        .value_parser(StringValueParser::new().try_map(choice))
}

fn name(word: String) -> Result<String, &'static str> {
    match word.trim() {
        "" => Err("a task's name is expected"),
        trimmed if trimmed.len() < word.len() => Ok(trimmed.to_owned()),
        _ => Ok(word),
    }
}

fn setting(word: &str) -> Result<Flag, &'static str> {
    let split = word.split_once('=').and_then(|(key, value)| Some((key.split_once('.')?, value)));
    let Some(((task, key), value)) = split.filter(|((task, key), _)| !task.is_empty() && !key.is_empty())
    else {
        return Err("a task, an option and its value are expected, such as `send_mail.timeout=30s`");
    };
    let (key, part) = match key.split_once('.') {
        Some((key, part)) => (key, Some(part.to_owned())),
        None => (key, None),
    };
    Ok(Flag { task: task.to_owned(), key: key.to_owned(), part, value: value.to_owned() })
}

fn choice(word: String) -> Result<Choice, &'static str> {
    match name(word).map(|word| Choice::parse(&word)) {
        Ok(Choice::Tag(tag)) if tag.is_empty() => Err("a tag is expected after `tag:`"),
        read => read,
    }
}

impl clap::FromArgMatches for TaskArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let choices = |id| -> Result<Vec<Choice>, clap::Error> { Ok(get(matches, id)?.cloned().collect()) };
        if let Some(form) = get::<ListForm>(matches, id::LIST)?.next() {
            self.command = Command::List(*form);
        }
        if let Some(name) = get::<String>(matches, id::RUN)?.next() {
            let input = get::<String>(matches, id::INPUT)?.next().cloned();
            self.command = Command::RunTask { name: name.clone(), input };
        }
        if let Some(asked) = foresight::read(matches)? {
            self.command = Command::Foresee(asked);
        }
        if get::<bool>(matches, id::PRINT)?.any(|print| *print) {
            self.command = Command::PrintConfig;
        }
        if let Some(file) = get::<PathBuf>(matches, id::FILE)?.next() {
            self.file = Some(file.clone());
        }
        match get::<Flag>(matches, id::SET)?.cloned().collect::<Vec<_>>() {
            flags if flags.is_empty() => {}
            flags => self.flags = flags,
        }
        match choices(id::ONLY)? {
            only if only.is_empty() => {}
            only => self.selection.only = only,
        }
        match choices(id::SKIP)? {
            skip if skip.is_empty() => {}
            skip => self.selection.skip = skip,
        }
        Ok(())
    }
}

/// The values of a flag. A parser that these flags were never added to is an
/// error of the application, not a panic.
pub(super) fn get<'a, T: Clone + Send + Sync + 'static>(
    matches: &'a ArgMatches,
    id: &str,
) -> Result<impl Iterator<Item = &'a T> + use<'a, T>, clap::Error> {
    match matches.try_get_many::<T>(id) {
        Ok(values) => Ok(values.into_iter().flatten()),
        Err(error) => Err(clap::Error::raw(ErrorKind::InvalidValue, error)),
    }
}
