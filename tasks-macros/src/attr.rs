//! The arguments of an attribute, from tokens to settings.

mod count;
mod entries;
mod retry;
mod value;
mod words;
mod written;

use std::fmt;

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;

use self::{
    entries::{Entry, Form},
    written::Written,
};
pub(crate) use self::{
    retry::{Max, Retry},
    value::Value,
};
use crate::{
    crate_path::CratePath,
    errors::Errors,
    options::{self, OptionRow},
};

/// Which of the two attributes is expanded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Attribute {
    Task,
    Scheduled,
}

impl Attribute {
    /// Finds an attribute by its name.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        match name {
            "task" => Some(Self::Task),
            "scheduled" => Some(Self::Scheduled),
            _ => None,
        }
    }

    /// An option that everybody understands, to show what an option looks like.
    fn example(self) -> &'static str {
        match self {
            Self::Task => "timeout = \"30s\"",
            Self::Scheduled => "every = \"5m\"",
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Task => "task",
            Self::Scheduled => "scheduled",
        })
    }
}

/// One option as it was set.
pub(crate) struct Setting {
    pub(crate) row: &'static OptionRow,
    pub(crate) key: Ident,
    /// The tokens of the value, for errors that underline it.
    pub(crate) written: TokenStream,
    /// The value, or nothing if it is wrong; that is recorded by then.
    pub(crate) value: Option<Value>,
}

/// Everything between the parentheses of an attribute.
#[derive(Default)]
pub(crate) struct Settings {
    list: Vec<Setting>,
    /// Every key as it was written, unknown ones included, for completion.
    pub(crate) keys: Vec<Ident>,
    /// The same, inside `retry(…)`.
    pub(crate) retry_keys: Vec<Ident>,
    pub(crate) crate_path: CratePath,
    /// Whether some key was not understood, so that nothing can be said of what is missing.
    pub(crate) incomplete: bool,
}

impl Settings {
    /// Reads the arguments; every mistake is recorded and the rest is kept.
    pub(crate) fn read(attribute: Attribute, arguments: TokenStream, errors: &mut Errors) -> Self {
        let mut settings = Self::default();
        let before = errors.len();
        let entries = entries::read(arguments, &entries::Place::Attribute(attribute), errors);
        settings.incomplete = errors.len() > before;
        for entry in entries {
            settings.keys.push(entry.key.clone());
            match known(attribute, &entry, errors) {
                Some(row) => settings.set(row, entry, errors),
                None => settings.incomplete = true,
            }
        }
        settings
    }

    /// Returns a setting by its key, whether or not its value is right.
    pub(crate) fn get(&self, key: &str) -> Option<&Setting> {
        self.list.iter().find(|setting| setting.row.key == key)
    }

    /// Returns the settings in the order in which they were written.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.list.iter()
    }

    /// Returns the name that was given, if it was one.
    pub(crate) fn name(&self) -> Option<&str> {
        match self.get("name")?.value.as_ref()? {
            Value::Name(name) => Some(name),
            _ => None,
        }
    }

    fn set(&mut self, row: &'static OptionRow, entry: Entry, errors: &mut Errors) {
        if self.get(row.key).is_some() {
            let message = format!("`{}` is set twice", row.key);
            errors.between(entry.key.span(), entry.end, message);
            return;
        }
        let Entry { key, form, end } = entry;
        let written = form.tokens();
        let value = match (row.kind, form) {
            (options::Kind::Retry, Form::List(list)) => {
                retry::list(&list, &mut self.retry_keys, errors).map(Value::Retry)
            }
            (_, Form::List(_)) => {
                let message = format!("write `{} = {}`", row.key, row.example);
                errors.between(key.span(), end, message);
                None
            }
            (_, Form::Missing) => {
                errors.at(key.span(), format!("`{0}` needs a value: `{0} = {1}`", row.key, row.example));
                None
            }
            (options::Kind::Crate, Form::Value(tokens)) => {
                let path = value::crate_path(tokens, errors);
                if let Some(path) = &path {
                    self.crate_path = CratePath::written(path);
                }
                path.map(|_| Value::Crate)
            }
            (_, Form::Value(tokens)) => Value::read(row, &Written::read(tokens), errors),
        };
        self.list.push(Setting { row, key, written, value });
    }
}

/// Finds the row of an entry, or says what is wrong with its key.
fn known(attribute: Attribute, entry: &Entry, errors: &mut Errors) -> Option<&'static OptionRow> {
    let key = entry.key.unraw().to_string();
    let span: Span = entry.key.span();
    match options::option(&key) {
        Some(row) if row.scope.covers(attribute) => return Some(row),
        Some(row) if options::SCHEDULES.contains(&row.key) => errors.at(
            span,
            format!(
                "`{key}` makes a schedule: write `#[scheduled({key} = {})]` instead of `#[task]`",
                row.example
            ),
        ),
        Some(_) if attribute == Attribute::Task => {
            errors.at(span, format!("`{key}` goes with a schedule: use `#[scheduled]` instead of `#[task]`"));
        }
        Some(_) => errors.at(
            span,
            format!(
                "`{key}` is an option of `#[task]`: a `#[scheduled]` task starts when its schedule says, \
                 and `enabled = false` keeps it from starting"
            ),
        ),
        None => {
            let list = options::keys(attribute).collect::<Vec<_>>().join(", ");
            let meant = match options::meant(&key, attribute) {
                Some(row) if row.scope.covers(attribute) => format!("; did you mean `{}`?", row.key),
                Some(row) if attribute == Attribute::Task => {
                    format!("; did you mean `{}`, which needs `#[scheduled]` instead of `#[task]`?", row.key)
                }
                _ => String::new(),
            };
            errors.at(span, format!("unknown option `{key}`{meant} (options of `#[{attribute}]`: {list})"));
        }
    }
    None
}
