//! `retry`: a number of attempts, or a list of what makes up a retry.

use std::time::Duration;

use proc_macro2::{Group, Ident, TokenStream};
use syn::ext::IdentExt;
use tasks_schedule::suggest;

use super::{
    entries::{self, Entry, Form},
    value::{choice, duration, expression, flag},
    written::{Written, WrittenForm},
};
use crate::{
    errors::Errors,
    options::{Kind, OptionRow, RETRY, Scope},
};

/// The written parts of a retry.
#[derive(Default)]
pub(crate) struct Retry {
    pub(crate) max: Option<Max>,
    pub(crate) delay: Option<Duration>,
    pub(crate) factor: Option<f64>,
    pub(crate) max_delay: Option<Duration>,
    /// A variant of `Jitter`.
    pub(crate) jitter: Option<&'static str>,
    pub(crate) panics: Option<bool>,
    pub(crate) on: Option<syn::ExprPath>,
}

/// How many attempts after the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Max {
    Limited(u32),
    Unlimited,
}

const MAX: &str = "the attempts after the first: write a whole number such as `3`, or `\"unlimited\"`";

/// Reads what stands after `retry =`.
pub(super) fn value(written: &Written, errors: &mut Errors) -> Option<Retry> {
    let max = match &written.form {
        WrittenForm::Text(text) if text == "off" => Max::Limited(0),
        WrittenForm::Bool(false) => {
            errors.over(&written.tokens, "to switch `retry` off, write `retry = \"off\"`");
            return None;
        }
        _ => max("retry", written, errors)?,
    };
    Some(Retry { max: Some(max), ..Retry::default() })
}

fn max(key: &str, written: &Written, errors: &mut Errors) -> Option<Max> {
    let message = match &written.form {
        WrittenForm::Integer(number) => match u32::try_from(*number) {
            Ok(number) => return Some(Max::Limited(number)),
            Err(_) => format!("`{key}` counts {MAX}, not `{}`", compact(&written.tokens)),
        },
        WrittenForm::Text(text) if text == "unlimited" => return Some(Max::Unlimited),
        WrittenForm::Text(text) if text.parse::<u32>().is_ok() => {
            format!("write `{key} = {text}`, without quotes")
        }
        WrittenForm::Word(word) if word == "unlimited" || word == "off" => {
            format!("write `{key} = \"{word}\"`, with quotes")
        }
        WrittenForm::Word(_) | WrittenForm::Expression => expression(key, "3"),
        _ => format!("`{key}` counts {MAX}"),
    };
    errors.over(&written.tokens, message);
    None
}

/// Reads `retry(…)`.
pub(super) fn list(list: &Group, keys: &mut Vec<Ident>, errors: &mut Errors) -> Option<Retry> {
    let before = errors.len();
    let mut retry = Retry::default();
    let mut max_delay = TokenStream::new();
    let mut seen: Vec<String> = Vec::new();
    for entry in entries::read(list.stream(), &entries::Place::Retry, errors) {
        keys.push(entry.key.clone());
        let name = entry.key.unraw().to_string();
        if seen.contains(&name) {
            errors.between(entry.key.span(), entry.end, format!("`{name}` is set twice"));
            continue;
        }
        if name == "max_delay" {
            max_delay = entry.form.tokens();
        }
        retry.set(&name, entry, errors);
        seen.push(name);
    }
    if let (Some(delay), Some(longest)) = (retry.delay, retry.max_delay)
        && longest < delay
    {
        errors.over(max_delay, "`max_delay` is shorter than `delay`");
    }
    if errors.len() > before {
        return None;
    }
    if retry.max.is_none() {
        errors.over(quote::quote!(#list), "`retry(…)` needs `max`, the attempts after the first: `max = 3`");
        return None;
    }
    Some(retry)
}

impl Retry {
    fn set(&mut self, name: &str, entry: Entry, errors: &mut Errors) {
        if !RETRY.iter().any(|(key, _)| *key == name) {
            unknown(name, &entry, errors);
            return;
        }
        let tokens = match entry.form {
            Form::Value(tokens) => tokens,
            Form::Missing | Form::List(_) => {
                errors.between(entry.key.span(), entry.end, format!("write `{name} = …`"));
                return;
            }
        };
        let written = Written::read(tokens.clone());
        match name {
            "max" => self.max = max(name, &written, errors),
            "delay" => self.delay = duration(&part("delay"), &written, true, errors),
            "max_delay" => self.max_delay = duration(&part("max_delay"), &written, false, errors),
            "factor" => self.factor = factor(&written, errors),
            "jitter" => {
                self.jitter = choice(name, &[("full", "Full"), ("off", "Off")], &written, errors);
            }
            "panics" => self.panics = flag(name, &written, errors),
            _ => match syn::parse2(tokens) {
                Ok(path) => self.on = Some(path),
                Err(_) => errors.over(
                    &written.tokens,
                    "`on` is the path of a function `fn(&E) -> bool` that says which errors are retried",
                ),
            },
        }
    }
}

fn factor(written: &Written, errors: &mut Errors) -> Option<f64> {
    let found = match &written.form {
        #[expect(clippy::cast_precision_loss, reason = "a factor that large is out of range either way")]
        WrittenForm::Integer(number) => Some(*number as f64),
        WrittenForm::Float(number) => Some(*number),
        _ => None,
    };
    match found {
        Some(factor) if (1.0..=MAX_FACTOR).contains(&factor) => Some(factor),
        _ => {
            let message = match &written.form {
                WrittenForm::Word(_) | WrittenForm::Expression => expression("factor", "2"),
                _ => format!("`factor` is a number from 1 to {MAX_FACTOR}, such as `2` or `1.5`"),
            };
            errors.over(&written.tokens, message);
            None
        }
    }
}

/// Ten waits at this factor are longer than any `max_delay`.
const MAX_FACTOR: f64 = 1000.0;

fn unknown(name: &str, entry: &Entry, errors: &mut Errors) {
    let keys: Vec<&str> = RETRY.iter().map(|(key, _)| *key).collect();
    let slip = match name {
        "retries" | "attempts" | "max_attempts" | "times" | "count" | "limit" => Some("max"),
        "backoff" | "wait" | "initial_delay" | "interval" | "min_delay" | "base" => Some("delay"),
        "multiplier" | "exponent" | "growth" => Some("factor"),
        "cap" | "max_backoff" | "max_interval" => Some("max_delay"),
        "when" | "if" | "predicate" | "filter" | "retry_if" => Some("on"),
        "panic" | "on_panic" => Some("panics"),
        _ => suggest(name, keys.iter().copied()),
    };
    let meant = slip.map_or_else(String::new, |key| format!("; did you mean `{key}`?"));
    errors.at(
        entry.key.span(),
        format!("unknown option `{name}` in `retry(…)`{meant} (options: {})", keys.join(", ")),
    );
}

/// A part of the list, as the table would hold it.
fn part(key: &'static str) -> OptionRow {
    let zero = key == "delay";
    let kind = Kind::Duration { zero };
    OptionRow { key, scope: Scope::Both, kind, example: "\"1s\"", default: "", meaning: "" }
}

/// Prints a number without the space that tokens have between them.
fn compact(tokens: &TokenStream) -> String {
    tokens.to_string().replace(' ', "")
}
