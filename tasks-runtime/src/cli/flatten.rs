//! The flags, for an application's own clap parser.

use std::ffi::OsString;

use clap::{
    Arg, ArgAction, ArgGroup, ArgMatches, Args, FromArgMatches,
    builder::{
        OsStringValueParser, PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser,
    },
    error::ErrorKind,
};

use super::{
    TaskArgs,
    flags::{FORMS, Flag, Given, ROWS, Row, Takes},
};
use crate::list::IntoList as _;

const GROUP: &str = "tasks-runtime";

#[cfg_attr(docsrs, doc(cfg(feature = "clap")))]
impl Args for TaskArgs {
    fn group_id() -> Option<clap::Id> {
        Some(clap::Id::from(GROUP))
    }

    fn augment_args(command: clap::Command) -> clap::Command {
        let ids = ROWS.iter().map(|row| row.id);
        command.group(ArgGroup::new(GROUP).multiple(true).args(ids)).args(ROWS.iter().map(arg))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

fn arg(row: &'static Row) -> Arg {
    // The heading is set on each flag: `next_help_heading` would take the
    // flags that the application adds after these.
    let arg = Arg::new(row.id).long(row.long).help_heading("Tasks").help(row.help);
    let arg = arg.conflicts_with_all(row.apart.iter().map(|flag| id(*flag)));
    let arg = match row.takes {
        Takes::Nothing => return arg.action(ArgAction::SetTrue),
        Takes::Value(name) => arg.value_name(name),
        Takes::Optional(name, usual) => {
            arg.value_name(name).num_args(0..=1).require_equals(true).default_missing_value(usual)
        }
    };
    let arg = if row.many { arg.action(ArgAction::Append) } else { arg };
    match row.flag {
        Flag::File => arg.value_parser(OsStringValueParser::new()),
        Flag::List => {
            let forms = FORMS.map(|(form, help)| PossibleValue::new(form).help(help));
            arg.value_parser(PossibleValuesParser::new(forms).map(OsString::from))
        }
        flag => {
            let arg = arg.value_parser(StringValueParser::new().try_map(move |word| {
                let word = OsString::from(word);
                flag.read(&word).map(|_| word)
            }));
            match flag {
                // A number below zero, and whatever else begins with a dash.
                Flag::Input => arg.allow_hyphen_values(true).requires(id(Flag::Run)),
                _ => arg,
            }
        }
    }
}

fn id(flag: Flag) -> &'static str {
    ROWS.iter().find(|row| row.flag == flag).map_or("", |row| row.id)
}

#[cfg_attr(docsrs, doc(cfg(feature = "clap")))]
impl FromArgMatches for TaskArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let mut given = Vec::new();
        for row in &ROWS {
            given.extend(values(row, matches)?);
        }
        self.take(given);
        Ok(())
    }
}

/// The values of a flag. A parser that these flags were never added to is an
/// error of the application, not a panic.
fn values(row: &Row, matches: &ArgMatches) -> Result<Vec<Given>, clap::Error> {
    let wrong = |error: String| clap::Error::raw(ErrorKind::InvalidValue, error);
    let words: Vec<OsString> = match row.takes {
        Takes::Nothing => {
            let set = matches.try_get_one::<bool>(row.id).map_err(|error| wrong(error.to_string()))?;
            set.filter(|set| **set).map(|_| OsString::new()).into_iter().into_list()
        }
        _ => {
            let words = matches.try_get_many::<OsString>(row.id).map_err(|error| wrong(error.to_string()))?;
            words.into_iter().flatten().cloned().into_list()
        }
    };
    words.iter().map(|word| row.flag.read(word).map_err(wrong)).collect()
}
