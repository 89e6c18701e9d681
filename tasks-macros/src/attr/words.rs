//! Lists of words: `after` and `tags`.

use tasks_schedule::name;

use super::{
    value::expression,
    written::{Written, WrittenForm},
};
use crate::errors::Errors;

/// Reads one word, or a list of words.
pub(super) fn read(key: &str, what: &str, written: &Written, errors: &mut Errors) -> Option<Vec<String>> {
    let items = match &written.form {
        WrittenForm::List(items) => items.as_slice(),
        _ => std::slice::from_ref(written),
    };
    let before = errors.len();
    let mut words: Vec<String> = Vec::new();
    for item in items {
        let message = match &item.form {
            WrittenForm::Text(text) if text.contains(',') => {
                let words: Vec<String> = text.split(',').map(|word| format!("{:?}", word.trim())).collect();
                format!("write a list: `{key} = [{}]`", words.join(", "))
            }
            WrittenForm::Text(text) => {
                if check(what, text, item, errors) {
                    if words.iter().any(|word| name::fold(word) == name::fold(text)) {
                        errors.over(&item.tokens, format!("`{text}` is in the list twice"));
                    }
                    words.push(text.clone());
                }
                continue;
            }
            WrittenForm::Word(word) => format!("write `{key} = \"{word}\"`, with quotes"),
            WrittenForm::Expression => expression(key, "[\"a\", \"b\"]"),
            _ => format!("`{key}` is a word or a list of words in quotes: `\"a\"` or `[\"a\", \"b\"]`"),
        };
        // An empty item has no tokens of its own.
        let tokens = if item.tokens.is_empty() { &written.tokens } else { &item.tokens };
        errors.over(tokens, message);
    }
    (errors.len() == before).then_some(words)
}

/// Checks a word by the rule for task names.
pub(super) fn check(what: &str, word: &str, written: &Written, errors: &mut Errors) -> bool {
    match name::check(word) {
        Ok(()) => true,
        Err(error) => {
            let message = error.to_string();
            let rule = message.strip_prefix("a task's name").unwrap_or(&message);
            errors.over(&written.tokens, format!("{what}{rule}"));
            false
        }
    }
}
