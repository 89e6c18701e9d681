//! Words: one of some, a list of them, `true` and `false`.

use tasks_schedule::{name::fold, suggest};

use super::{Mistake, alternatives, expression, name};
use crate::{Form, Written};

/// Reads `true` or `false`.
pub(super) fn flag(key: &str, written: &Written) -> Result<bool, String> {
    Err(match &written.form {
        Form::Bool(value) => return Ok(*value),
        Form::Text(text) if text == "true" || text == "false" => {
            format!("write `{key} = {text}`, without quotes")
        }
        Form::Word(_) | Form::Expression => expression(key, "true"),
        _ => format!("`{key}` is `true` or `false`"),
    })
}

/// Reads one of some words, and returns its variant.
pub(super) fn choice(
    key: &str,
    choices: &'static [(&'static str, &'static str)],
    written: &Written,
) -> Result<&'static str, String> {
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    let all = alternatives(&words);
    Err(match &written.form {
        Form::Text(text) => match choices.iter().find(|(word, _)| word == text) {
            Some((_, variant)) => return Ok(variant),
            None => match suggest(text, words.iter().copied()) {
                Some(word) => {
                    format!("`{text}` is no value of `{key}`; did you mean `{word}`? (`{key}` is {all})")
                }
                None => format!("`{text}` is no value of `{key}`: it is {all}"),
            },
        },
        Form::Word(word) if words.contains(&word.as_str()) => {
            format!("write `{key} = \"{word}\"`, with quotes")
        }
        Form::Word(_) | Form::Expression => expression(key, &format!("\"{}\"", words[0])),
        _ => format!("`{key}` is one of the words {all}, in quotes"),
    })
}

/// Reads one word, or a list of words.
pub(super) fn list(key: &str, what: &str, written: &Written) -> Result<Vec<String>, Vec<Mistake>> {
    let (items, whole) = match &written.form {
        Form::List(items) => (items.as_slice(), false),
        _ => (std::slice::from_ref(written), true),
    };
    let mut mistakes = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let mut wrong = |message: String| mistakes.push(Mistake { item: (!whole).then_some(index), message });
        match &item.form {
            Form::Text(text) if text.contains(',') => {
                let words: Vec<String> = text.split(',').map(|word| format!("{:?}", word.trim())).collect();
                wrong(format!("write a list: `{key} = [{}]`", words.join(", ")));
            }
            Form::Text(text) => match name::word(what, text) {
                Ok(()) => {
                    if words.iter().any(|word| fold(word) == fold(text)) {
                        wrong(format!("`{text}` is in the list twice"));
                    }
                    words.push(text.clone());
                }
                Err(message) => wrong(message),
            },
            Form::Word(word) => wrong(format!("write `{key} = \"{word}\"`, with quotes")),
            Form::Expression => wrong(expression(key, "[\"a\", \"b\"]")),
            _ => {
                wrong(format!("`{key}` is a word or a list of words in quotes: `\"a\"` or `[\"a\", \"b\"]`"));
            }
        }
    }
    if mistakes.is_empty() { Ok(words) } else { Err(mistakes) }
}
