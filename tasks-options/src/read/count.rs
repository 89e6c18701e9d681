//! Counts: `max_running`, `retry`, `factor`, and words with a number such as `queue(2)`.

use tasks_schedule::suggest;

use super::{alternatives, expression};
use crate::{Counted, CountedWord, Form, Max, Written};

/// Ten waits at this factor are longer than any `max_delay`.
const MAX_FACTOR: f64 = 1000.0;

/// Reads a whole number from 1.
pub(super) fn number(key: &str, most: u32, written: &Written) -> Result<u32, String> {
    Err(match &written.form {
        Form::Integer(number) => match u32::try_from(*number) {
            Ok(number) if (1..=most).contains(&number) => return Ok(number),
            _ => format!("`{key}` is a whole number from 1 to {most}, not `{}`", written.compact()),
        },
        Form::Text(text) if text.parse::<u32>().is_ok() => {
            format!("write `{key} = {text}`, without quotes")
        }
        Form::Text(text) if text == "off" || text == "unlimited" => {
            format!("`{key}` cannot be switched off: leave it out")
        }
        Form::Word(_) | Form::Expression => expression(key, "3"),
        _ => format!("`{key}` is a whole number from 1, such as `3`"),
    })
}

/// Reads a number of attempts, or `unlimited`.
pub(super) fn max(key: &str, what: &str, written: &Written) -> Result<Max, String> {
    Err(match &written.form {
        Form::Integer(number) => match u32::try_from(*number) {
            Ok(number) => return Ok(Max::Limited(number)),
            Err(_) => format!("`{key}` counts {what}, not `{}`", written.compact()),
        },
        Form::Text(text) if text == "unlimited" => return Ok(Max::Unlimited),
        Form::Text(text) if text.parse::<u32>().is_ok() => {
            format!("write `{key} = {text}`, without quotes")
        }
        Form::Word(word) if word == "unlimited" || word == "off" => {
            format!("write `{key} = \"{word}\"`, with quotes")
        }
        Form::Word(_) | Form::Expression => expression(key, "3"),
        _ => format!("`{key}` counts {what}"),
    })
}

/// Reads by how much something grows.
pub(super) fn factor(key: &str, written: &Written) -> Result<f64, String> {
    let found = match &written.form {
        #[expect(clippy::cast_precision_loss, reason = "a factor that large is out of range either way")]
        Form::Integer(number) => Some(*number as f64),
        Form::Float(number) => Some(*number),
        _ => None,
    };
    match found {
        Some(factor) if (1.0..=MAX_FACTOR).contains(&factor) => Ok(factor),
        _ => Err(match &written.form {
            Form::Word(_) | Form::Expression => expression(key, "2"),
            _ => format!("`{key}` is a number from 1 to {MAX_FACTOR}, such as `2` or `1.5`"),
        }),
    }
}

/// Reads one of some words, with its number where it has one.
pub(super) fn word(key: &str, words: &'static [CountedWord], written: &Written) -> Result<Counted, String> {
    match &written.form {
        Form::Text(text) => parse(key, words, text),
        Form::Word(_) | Form::Expression => {
            let text = written.compact();
            Err(match parse(key, words, &text) {
                Ok(_) => format!("write `{key} = \"{text}\"`, with quotes"),
                Err(_) => expression(key, &format!("\"{}\"", words[0].word)),
            })
        }
        _ => Err(format!("`{key}` is one of the words {}, in quotes", forms(words))),
    }
}

fn parse(key: &str, words: &'static [CountedWord], text: &str) -> Result<Counted, String> {
    let (name, number) = match text.split_once('(') {
        Some((name, rest)) => (name.trim(), Some(rest.strip_suffix(')').unwrap_or(rest).trim())),
        None => (text, None),
    };
    let Some(word) = words.iter().find(|word| word.word == name) else {
        let all = forms(words);
        return Err(match suggest(name, words.iter().map(|word| word.word)) {
            Some(word) => {
                format!("`{text}` is no value of `{key}`; did you mean `{word}`? (`{key}` is {all})")
            }
            None => format!("`{text}` is no value of `{key}`: it is {all}"),
        });
    };
    match (number, word.alone, word.counted) {
        (None, Some(counted), _) => Ok(counted),
        (None, None, _) => Err(format!("`{name}` needs a number, at least 1: `{key} = \"{name}(5)\"`")),
        (Some(_), _, None) => Err(format!("`{name}` takes no number: write `{key} = \"{name}\"`")),
        (Some(number), _, Some(variant)) => match number.parse() {
            Ok(number @ 1..) if text.ends_with(')') => Ok(Counted { variant, number: Some(number) }),
            _ => Err(format!(
                "between the parentheses of `{name}(…)` stands a whole number from 1 to {}: \
                 `{key} = \"{name}(2)\"`",
                u32::MAX
            )),
        },
    }
}

/// Lists every form: `once`, `skip` or `all(n)`.
fn forms(words: &[CountedWord]) -> String {
    let forms: Vec<String> = words
        .iter()
        .flat_map(|word| {
            let alone = word.alone.map(|_| word.word.to_owned());
            let counted = word.counted.map(|_| format!("{}(n)", word.word));
            alone.into_iter().chain(counted)
        })
        .collect();
    alternatives(&forms.iter().map(String::as_str).collect::<Vec<_>>())
}
