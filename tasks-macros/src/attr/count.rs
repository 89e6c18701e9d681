//! Counts: `max_running`, and words with a number such as `queue(2)`.

use proc_macro2::TokenStream;
use tasks_schedule::suggest;

use super::{
    value::{alternatives, expression},
    written::{Written, WrittenForm},
};
use crate::{
    errors::Errors,
    options::{Counted, CountedWord},
};

/// Reads a whole number from 1.
pub(super) fn number(key: &str, written: &Written, errors: &mut Errors) -> Option<u32> {
    let message = match &written.form {
        WrittenForm::Integer(number) => match u32::try_from(*number) {
            Ok(number @ 1..) => return Some(number),
            _ => format!(
                "`{key}` is a whole number from 1 to {}, not `{}`",
                u32::MAX,
                compact(&written.tokens)
            ),
        },
        WrittenForm::Text(text) if text.parse::<u32>().is_ok() => {
            format!("write `{key} = {text}`, without quotes")
        }
        WrittenForm::Text(text) if text == "off" || text == "unlimited" => {
            format!("`{key}` cannot be switched off: leave it out")
        }
        WrittenForm::Word(_) | WrittenForm::Expression => expression(key, "3"),
        _ => format!("`{key}` is a whole number from 1, such as `3`"),
    };
    errors.over(&written.tokens, message);
    None
}

/// Reads one of some words, with its number where it has one.
pub(super) fn word(
    key: &str,
    words: &'static [CountedWord],
    written: &Written,
    errors: &mut Errors,
) -> Option<Counted> {
    let message = match &written.form {
        WrittenForm::Text(text) => match parse(key, words, text) {
            Ok(counted) => return Some(counted),
            Err(message) => message,
        },
        WrittenForm::Word(_) | WrittenForm::Expression => {
            let text = compact(&written.tokens);
            match parse(key, words, &text) {
                Ok(_) => format!("write `{key} = \"{text}\"`, with quotes"),
                Err(_) => expression(key, &format!("\"{}\"", words[0].word)),
            }
        }
        _ => format!("`{key}` is one of the words {}, in quotes", forms(words)),
    };
    errors.over(&written.tokens, message);
    None
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

/// Prints tokens without the spaces that stand between them.
fn compact(tokens: &TokenStream) -> String {
    tokens.to_string().replace(' ', "")
}
