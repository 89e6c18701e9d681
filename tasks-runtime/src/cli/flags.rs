//! The flags, as one table: `parse` reads it for `main()`, and `flatten` gives it to an
//! application's own clap parser, so that the two cannot differ.

use std::{ffi::OsStr, time::Duration};

use tasks_schedule::parse_duration;

use super::{args::ListForm, foresight::Foresight};
use crate::{config, plan::Choice, text::joined};

/// One flag.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) flag: Flag,
    /// Its name, without the dashes.
    pub(super) long: &'static str,
    /// Its id in an application's parser, whose name space it shares.
    #[cfg_attr(not(feature = "clap"), expect(dead_code, reason = "only clap has ids"))]
    pub(super) id: &'static str,
    pub(super) takes: Takes,
    /// Whether it may be given again.
    pub(super) many: bool,
    /// Flags that exclude it. Said on one side, it holds on both.
    pub(super) apart: &'static [Flag],
    pub(super) help: &'static str,
}

/// Which flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    List,
    Run,
    Input,
    Only,
    Skip,
    File,
    Set,
    Print,
    Next,
    Check,
    Forecast,
}

/// Whether a flag takes a value, and what it is called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    Nothing,
    Value(&'static str),
    /// After `=` only; the second is what stands for none.
    Optional(&'static str, &'static str),
}

/// A value of a flag, read.
#[derive(Debug)]
pub(super) enum Given {
    List(ListForm),
    Run(String),
    Input(String),
    Only(Vec<Choice>),
    Skip(Vec<Choice>),
    File(std::path::PathBuf),
    Set(config::Flag),
    Print,
    Foresee(Foresight),
}

/// The forms of a list, with what they are for.
pub(super) const FORMS: [(&str, &str); 3] =
    [("table", "for people"), ("json", "for programs"), ("names", "one name a line")];
/// Instants that are shown of each task, unless a number is given.
const USUAL: &str = "5";
const MOST: usize = 1_000;
const CHOICES: &str = "NAME|tag:TAG,…";

/// All flags, in the order of the help.
pub(super) static ROWS: [Row; 11] = [
    Row {
        flag: Flag::List,
        long: "list-tasks",
        id: "tasks-runtime.list-tasks",
        takes: Takes::Optional("FORM", "table"),
        many: false,
        apart: &[],
        help: "List the tasks with what is in force for each, and start nothing",
    },
    Row {
        flag: Flag::Run,
        long: "run-task",
        id: "tasks-runtime.run-task",
        takes: Takes::Value("NAME"),
        many: false,
        apart: &[Flag::List, Flag::Only, Flag::Skip],
        help: "Run one task in the foreground and exit 0 if it succeeded",
    },
    Row {
        flag: Flag::Input,
        long: "task-input",
        id: "tasks-runtime.task-input",
        takes: Takes::Value("JSON"),
        many: false,
        apart: &[],
        help: "The input of that task, if it takes one",
    },
    Row {
        flag: Flag::Only,
        long: "only-tasks",
        id: "tasks-runtime.only-tasks",
        takes: Takes::Value(CHOICES),
        many: true,
        apart: &[],
        help: "Disable all other tasks, except those that the chosen ones are after",
    },
    Row {
        flag: Flag::Skip,
        long: "skip-tasks",
        id: "tasks-runtime.skip-tasks",
        takes: Takes::Value(CHOICES),
        many: true,
        apart: &[],
        help: "Disable these tasks; tasks that are after them do not wait for them",
    },
    Row {
        flag: Flag::File,
        long: "tasks-config",
        id: "tasks-runtime.tasks-config",
        takes: Takes::Value("FILE"),
        many: false,
        apart: &[],
        help: "Read this file instead of tasks.toml",
    },
    Row {
        flag: Flag::Set,
        long: "set-task",
        id: "tasks-runtime.set-task",
        takes: Takes::Value("NAME.KEY=VALUE"),
        many: true,
        apart: &[],
        help: "Set an option of a task, above file and environment",
    },
    Row {
        flag: Flag::Print,
        long: "print-tasks-config",
        id: "tasks-runtime.print-tasks-config",
        takes: Takes::Nothing,
        many: false,
        apart: &[Flag::List, Flag::Run],
        help: "Print a tasks.toml of what is in force, and start nothing",
    },
    Row {
        flag: Flag::Next,
        long: "next-runs",
        id: "tasks-runtime.next-runs",
        takes: Takes::Optional("N", USUAL),
        many: false,
        apart: &[Flag::Check, Flag::Forecast, Flag::List, Flag::Run, Flag::Print],
        help: "Show when each task is due next, N times (5 by default), and start nothing",
    },
    Row {
        flag: Flag::Check,
        long: "check-tasks",
        id: "tasks-runtime.check-tasks",
        takes: Takes::Nothing,
        many: false,
        apart: &[Flag::Forecast, Flag::List, Flag::Run, Flag::Print],
        help: "Check everything that can be checked without set-up, and start nothing",
    },
    Row {
        flag: Flag::Forecast,
        long: "forecast-runs",
        id: "tasks-runtime.forecast-runs",
        takes: Takes::Value("DURATION"),
        many: false,
        apart: &[Flag::List, Flag::Run, Flag::Print],
        help: "Foretell the runs of the next time, such as 24h or 7d: how many, which together, what cannot keep up",
    },
];

impl Flag {
    /// Reads a value, or says what is expected instead.
    pub(super) fn read(self, value: &OsStr) -> Result<Given, String> {
        if self == Self::File {
            return Ok(Given::File(value.into()));
        }
        let word = value.to_str().ok_or("text in UTF-8 is expected")?;
        Ok(match self {
            Self::List => Given::List(form(word)?),
            Self::Run => Given::Run(name(word)?),
            Self::Input => Given::Input(word.to_owned()),
            Self::Only => Given::Only(choices(word)?),
            Self::Skip => Given::Skip(choices(word)?),
            Self::File => Given::File(value.into()),
            Self::Set => Given::Set(setting(word)?),
            Self::Print => Given::Print,
            Self::Next => Given::Foresee(Foresight::NextRuns(number(word)?)),
            Self::Check => Given::Foresee(Foresight::Check),
            Self::Forecast => Given::Foresee(Foresight::Forecast(length(word)?)),
        })
    }
}

fn form(word: &str) -> Result<ListForm, String> {
    match word {
        "table" => Ok(ListForm::Table),
        "json" => Ok(ListForm::Json),
        "names" => Ok(ListForm::Names),
        _ => Err(format!("one of {} is expected", joined(FORMS.map(|(form, _)| form), ", "))),
    }
}

fn name(word: &str) -> Result<String, String> {
    match word.trim() {
        "" => Err("a task's name is expected".to_owned()),
        name => Ok(name.to_owned()),
    }
}

fn choices(words: &str) -> Result<Vec<Choice>, String> {
    words.split(',').map(choice).collect()
}

fn choice(word: &str) -> Result<Choice, String> {
    match Choice::parse(&name(word)?) {
        Choice::Tag(tag) if tag.is_empty() => Err("a tag is expected after `tag:`".to_owned()),
        read => Ok(read),
    }
}

fn setting(word: &str) -> Result<config::Flag, String> {
    let split = word.split_once('=').and_then(|(key, value)| Some((key.split_once('.')?, value)));
    let Some(((task, key), value)) = split.filter(|((task, key), _)| !task.is_empty() && !key.is_empty())
    else {
        let expected = "a task, an option and its value are expected, such as `send_mail.timeout=30s`";
        return Err(expected.to_owned());
    };
    let (key, part) = match key.split_once('.') {
        Some((key, part)) => (key, Some(part.to_owned())),
        None => (key, None),
    };
    Ok(config::Flag { task: task.to_owned(), key: key.to_owned(), part, value: value.to_owned() })
}

fn number(word: &str) -> Result<usize, String> {
    match word.parse() {
        Ok(number @ 1..=MOST) => Ok(number),
        _ => Err(format!("a number from 1 to {MOST} is expected")),
    }
}

fn length(word: &str) -> Result<Duration, String> {
    let length = parse_duration(word).map_err(|error| error.to_string())?;
    match length {
        length if length < Duration::from_secs(1) => Err("at least 1s is expected".to_owned()),
        length => Ok(length),
    }
}
