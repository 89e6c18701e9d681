//! Words that follow the rule for task names.

use tasks_schedule::name;

/// Reads a task's name.
pub(super) fn task(text: &str) -> Result<String, String> {
    name::check(text).map(|()| text.to_owned()).map_err(|error| error.to_string())
}

/// Checks something else that is named as a task is.
pub(super) fn word(what: &str, word: &str) -> Result<(), String> {
    name::check(word).map_err(|error| {
        let message = error.to_string();
        let rule = message.strip_prefix("a task's name").unwrap_or(&message);
        format!("{what}{rule}")
    })
}
