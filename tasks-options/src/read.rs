//! From what was written to a value, or to what is wrong with it.

mod count;
mod name;
mod time;
mod word;

use std::time::Duration;

use tasks_schedule::Cron;

use crate::{Form, Kind, OptionRow, Value, Written};

/// What is wrong with a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// The item of a list that is wrong; nothing where the whole value is.
    pub item: Option<usize>,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl From<String> for Mistake {
    fn from(message: String) -> Self {
        Self { item: None, message }
    }
}

/// Makes a value of the kind that an option or a part wants.
///
/// What only source code can hold, the path of a crate or of a function, is
/// [`Value::Code`] whatever was written.
///
/// # Errors
///
/// Everything that is wrong with it, at least one mistake.
pub fn read(row: &OptionRow, written: &Written) -> Result<Value, Vec<Mistake>> {
    match row.kind {
        Kind::Words(what) => word::list(row.key, what, written).map(Value::Words),
        _ => one(row, written).map_err(|message| vec![message.into()]),
    }
}

/// Reads a value that is right or wrong as a whole.
fn one(row: &OptionRow, written: &Written) -> Result<Value, String> {
    let key = row.key;
    if let (Some(types), Form::Word(_) | Form::Expression) = (row.kind.constant(), &written.form)
        && !["off", "unlimited"].contains(&&*written.text)
    {
        let (found, example) = (written.compact(), row.example);
        return Err(format!(
            "`{found}` is no value of `{key}`: write a literal, such as `{example}`, or name a constant, {types}"
        ));
    }
    let to_switch_off = || format!("to switch `{key}` off, write `{key} = \"off\"`");
    match (row.kind, &written.form) {
        (Kind::Spread, Form::Text(text)) if text == "off" => Ok(Value::Duration(Duration::ZERO)),
        (Kind::Limit, Form::Text(text)) if text == "off" => Ok(Value::Limit(None)),
        (Kind::Parts(list), Form::Text(text)) if text == "off" => {
            Ok(Value::Parts(vec![(list.head(), list.off.clone())]))
        }
        (Kind::Spread | Kind::Limit | Kind::Parts(_), Form::Bool(false)) => Err(to_switch_off()),
        (Kind::Name, _) => name::task(&text(row, written, "a name")?).map(Value::Name),
        // Only as a part; an option's own list can be wrong in several places.
        (Kind::Words(what), _) => word::list(key, what, written)
            .map(Value::Words)
            .map_err(|mut mistakes| mistakes.swap_remove(0).message),
        (Kind::Duration { zero }, _) => time::duration(row, written, zero).map(Value::Duration),
        (Kind::Spread, _) => time::duration(row, written, true).map(Value::Duration),
        (Kind::Limit, _) => time::duration(row, written, false).map(|limit| Value::Limit(Some(limit))),
        (Kind::Period(variant), _) => {
            time::duration(row, written, false).map(|period| Value::Period(variant, period))
        }
        // A lone value is called by the name of the whole.
        (Kind::Parts(list), _) => {
            let head = list.head();
            let value = one(&OptionRow { key, scope: row.scope, ..*head }, written)?;
            Ok(Value::Parts(vec![(head, value)]))
        }
        (Kind::Max(what), _) => count::max(key, what, written).map(Value::Max),
        (Kind::Factor, _) => count::factor(key, written).map(Value::Factor),
        (Kind::Count(most), _) => count::number(key, most, written).map(Value::Count),
        (Kind::Choice(name, choices), _) => {
            word::choice(key, choices, written).map(|variant| Value::Choice(name, variant))
        }
        (Kind::Counted(name, words), _) => {
            count::word(key, words, written).map(|counted| Value::Counted(name, counted))
        }
        (Kind::Pool, _) => match text(row, written, "a name")?.as_str() {
            // `default` is what the unlimited pool is called.
            "off" | "default" => Ok(Value::Pool(None)),
            pool => name::word("the name of a pool", pool).map(|()| Value::Pool(Some(pool.into()))),
        },
        (Kind::Bool, _) => word::flag(key, written).map(Value::Bool),
        (Kind::Cron, _) => {
            let text = text(row, written, "a cron expression")?;
            match Cron::parse(&text) {
                Ok(_) => Ok(Value::Cron(text)),
                Err(error) => Err(format!("{error}{}", time::cron_hint(&text))),
            }
        }
        (Kind::Instant, _) => {
            let text = text(row, written, "an RFC 3339 instant")?;
            match tasks_schedule::parse_rfc3339(&text) {
                Ok(_) => Ok(Value::Instant(text)),
                Err(error) => Err(error.to_string()),
            }
        }
        (Kind::Zone, _) => time::zone(&text(row, written, "the name of a time zone")?).map(Value::Zone),
        (Kind::Crate | Kind::Function, _) => Ok(Value::Code),
    }
}

/// Reads a string, or says how the value is written as one.
fn text(row: &OptionRow, written: &Written, what: &str) -> Result<String, String> {
    let OptionRow { key, example, .. } = row;
    Err(match &written.form {
        Form::Text(text) => return Ok(text.clone()),
        Form::Word(word) if word == "off" => format!("write `{key} = \"off\"`, with quotes"),
        Form::Word(_) | Form::Expression => expression(key, example),
        _ => format!("`{key}` is {what} in quotes, such as `{example}`"),
    })
}

/// Says that a value is no literal.
#[must_use]
pub fn expression(key: &str, example: &str) -> String {
    format!(
        "the value of `{key}` must be a literal, such as `{example}`: constants and expressions are not \
         evaluated here"
    )
}

/// Lists words: `a`, `b` or `c`.
#[must_use]
pub fn alternatives(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
