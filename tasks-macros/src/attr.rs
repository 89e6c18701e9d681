//! The arguments of an attribute, from tokens to settings.

mod code;
mod entries;
mod parts;
mod written;

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use tasks_options::{Attribute, Kind, OptionRow, SCHEDULES, Value, keys, meant, option};

pub(crate) use self::code::Code;
use self::entries::{Entry, Form};
use crate::errors::Errors;

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
    /// What is no value of the table.
    pub(crate) code: Code,
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
            settings.code.keys.push(entry.key.clone());
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
            (Kind::Parts(list), Form::List(group)) => parts::read(list, &group, &mut self.code, errors),
            (_, Form::List(_)) => {
                let message = format!("write `{} = {}`", row.key, row.example);
                errors.between(key.span(), end, message);
                None
            }
            (_, Form::Missing) => {
                errors.at(key.span(), format!("`{0}` needs a value: `{0} = {1}`", row.key, row.example));
                None
            }
            (Kind::Crate, Form::Value(tokens)) => self.code.krate(tokens, errors),
            (_, Form::Value(tokens)) => {
                self.code.constant("", row, &tokens).or_else(|| written::value(row, &tokens, errors))
            }
        };
        self.list.push(Setting { row, key, written, value });
    }
}

/// Finds the row of an entry, or says what is wrong with its key.
fn known(attribute: Attribute, entry: &Entry, errors: &mut Errors) -> Option<&'static OptionRow> {
    let key = entry.key.unraw().to_string();
    let span: Span = entry.key.span();
    match option(&key) {
        Some(row) if row.scope.covers(attribute) => return Some(row),
        Some(row) if SCHEDULES.contains(&row.key) => errors.at(
            span,
            format!(
                "`{key}` makes a schedule: write `#[scheduled({key} = {})]` instead of `#[task]`",
                row.example
            ),
        ),
        Some(_) if attribute == Attribute::Task => {
            errors.at(span, format!("`{key}` goes with a schedule: use `#[scheduled]` instead of `#[task]`"));
        }
        Some(_) if key == "restart" => errors.at(
            span,
            "`restart` is an option of `#[task]`: a `#[scheduled]` task is started again by its schedule, and \
             `retry` tries a run that failed again",
        ),
        Some(_) => errors.at(
            span,
            format!(
                "`{key}` is an option of `#[task]`: a `#[scheduled]` task starts when its schedule says, \
                 and `enabled = false` keeps it from starting"
            ),
        ),
        None => {
            let list = keys(attribute).collect::<Vec<_>>().join(", ");
            let meant = match meant(&key, attribute) {
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
