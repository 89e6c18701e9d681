//! Options that have parts: `retry(max = 3, delay = "1s")`, `restart(policy = "always", max = 3)`.

use tasks_schedule::suggest;

use crate::{Kind, Max, OptionRow, Scope, Value, table::row};

/// What stands between the parentheses of an option that has parts.
///
/// Each part is read by itself with [`read`](crate::read), so that a reader can
/// say where a wrong one stands; [`check`](Self::check) says what they mean
/// together.
#[derive(PartialEq, Debug)]
pub struct PartList {
    /// The key of the option.
    pub key: &'static str,
    /// The type in `tasks-core` that has a field for each part but those of code.
    pub structure: &'static str,
    /// The parts, in the order of the documentation. A lone value sets the first, which the list
    /// cannot do without.
    pub parts: &'static [OptionRow],
    /// What `off` makes of the first.
    pub off: Value,
    /// What the first is, for the message that it is missing.
    pub first: &'static str,
    /// What people write who come from somewhere else.
    slips: &'static [(&'static str, &'static str)],
}

/// What makes up a retry.
#[rustfmt::skip]
pub static RETRY: PartList = PartList {
    key: "retry",
    structure: "RetryOptions",
    parts: &[
        part("max", Kind::Max("the attempts after the first: write a whole number such as `3`, or `\"unlimited\"`"), "3", "`0`",
            "Attempts after the first, or `unlimited`."),
        part("delay", Kind::Duration { zero: true }, "\"1s\"", "`1s`",
            "The wait before the second attempt; `1s` by default."),
        part("factor", Kind::Factor, "2", "`2`",
            "By how much each further wait grows; 2 by default."),
        part("max_delay", Kind::Duration { zero: false }, "\"1m\"", "`1m`",
            "The longest wait; `1m` by default."),
        part("jitter", Kind::Choice("Jitter", &[("full", "Full"), ("off", "Off")]), "\"full\"", "`full`",
            "`full` spreads each wait evenly up to its length, `off` keeps it exact."),
        part("panics", Kind::Bool, "true", "`false`",
            "Whether a panic is retried too; `false` by default."),
        part("on", Kind::Function, "path", "every error",
            "A function `fn(&E) -> bool` that says which errors are retried."),
    ],
    off: Value::Max(Max::Limited(0)),
    first: "the attempts after the first",
    slips: &[
        ("retries", "max"), ("attempts", "max"), ("max_attempts", "max"), ("times", "max"), ("count", "max"), ("limit", "max"),
        ("backoff", "delay"), ("wait", "delay"), ("initial_delay", "delay"), ("interval", "delay"), ("min_delay", "delay"), ("base", "delay"),
        ("multiplier", "factor"), ("exponent", "factor"), ("growth", "factor"),
        ("cap", "max_delay"), ("max_backoff", "max_delay"), ("max_interval", "max_delay"),
        ("when", "on"), ("if", "on"), ("predicate", "on"), ("filter", "on"), ("retry_if", "on"),
        ("panic", "panics"), ("on_panic", "panics"),
    ],
};

/// What makes up a restart.
#[rustfmt::skip]
pub static RESTART: PartList = PartList {
    key: "restart",
    structure: "RestartOptions",
    parts: &[
        part("policy", Kind::Choice("RestartPolicy", &[("on-failure", "OnFailure"), ("always", "Always"), ("never", "Never")]), "\"on-failure\"", "`never`",
            "`on-failure`: after an error, a panic or a timeout; `always`: after a success too; `never`."),
        part("delay", Kind::Duration { zero: true }, "\"100ms\"", "`100ms`",
            "The wait before the first restart; `100ms` by default."),
        part("factor", Kind::Factor, "2", "`2`",
            "By how much each further wait grows; 2 by default."),
        part("max_delay", Kind::Duration { zero: false }, "\"30s\"", "`30s`",
            "The longest wait, and that of a degraded service; `30s` by default."),
        part("jitter", Kind::Choice("Jitter", &[("full", "Full"), ("off", "Off")]), "\"full\"", "`full`",
            "`full` spreads each wait evenly up to its length, `off` keeps it exact."),
        part("max", Kind::Count(MAX_RESTARTS), "5", "`5`",
            "More restarts than this, `within` that time, and it is degraded; an essential one ends the program; 5 by default."),
        part("within", Kind::Duration { zero: false }, "\"30s\"", "`30s`",
            "The time in which `max` restarts are counted; `30s` by default."),
    ],
    off: Value::Choice("RestartPolicy", "Never"),
    first: "which says after which ends it is started again",
    slips: &[
        ("when", "policy"), ("on", "policy"), ("mode", "policy"), ("strategy", "policy"), ("kind", "policy"), ("condition", "policy"),
        ("backoff", "delay"), ("wait", "delay"), ("initial_delay", "delay"), ("min_delay", "delay"), ("base", "delay"), ("sec", "delay"),
        ("multiplier", "factor"), ("exponent", "factor"), ("growth", "factor"),
        ("cap", "max_delay"), ("max_backoff", "max_delay"), ("max_interval", "max_delay"),
        ("restarts", "max"), ("max_restarts", "max"), ("retries", "max"), ("attempts", "max"), ("max_attempts", "max"), ("limit", "max"), ("burst", "max"), ("intensity", "max"), ("times", "max"), ("count", "max"),
        ("window", "within"), ("period", "within"), ("interval", "within"), ("reset_after", "within"), ("limit_interval", "within"),
    ],
};

/// Each of the last so many restarts of a service is remembered.
pub const MAX_RESTARTS: u32 = 1000;

const fn part(
    key: &'static str,
    kind: Kind,
    example: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> OptionRow {
    row(key, Scope::Both, kind, example, default, meaning)
}

impl PartList {
    /// Returns the part that a lone value sets.
    #[must_use]
    pub fn head(&self) -> &'static OptionRow {
        &self.parts[0]
    }

    /// Finds a part by its key.
    #[must_use]
    pub fn part(&self, key: &str) -> Option<&'static OptionRow> {
        self.parts.iter().find(|part| part.key == key)
    }

    /// Guesses which part somebody meant.
    #[must_use]
    pub fn meant(&self, word: &str) -> Option<&'static str> {
        let slip = self.slips.iter().find(|(slip, _)| *slip == word).map(|&(_, key)| key);
        slip.or_else(|| suggest(word, self.parts.iter().map(|part| part.key)))
    }

    /// Says what is wrong with a key that is no part.
    #[must_use]
    pub fn unknown(&self, word: &str) -> String {
        let keys: Vec<&str> = self.parts.iter().map(|part| part.key).collect();
        let meant = self.meant(word).map_or_else(String::new, |key| format!("; did you mean `{key}`?"));
        format!("unknown option `{word}` in `{}(…)`{meant} (options: {})", self.key, keys.join(", "))
    }

    /// Says that the part is missing that the list cannot do without.
    #[must_use]
    pub fn incomplete(&self) -> String {
        let head = self.head();
        format!("`{}(…)` needs `{1}`, {2}: `{1} = {3}`", self.key, head.key, self.first, head.example)
    }

    /// Says which part contradicts another one, and how.
    #[must_use]
    pub fn check(&self, parts: &[(&'static OptionRow, Value)]) -> Option<(&'static str, String)> {
        let found = |key| parts.iter().find(|(row, _)| row.key == key).map(|(_, value)| value);
        if found("policy") == Some(&Value::Choice("RestartPolicy", "Never")) && parts.len() > 1 {
            let message = "nothing is ever started again under `never`: leave the other parts out";
            return Some(("policy", message.to_owned()));
        }
        let length = |key| {
            parts.iter().find_map(|(row, value)| match value {
                Value::Duration(length) if row.key == key => Some(*length),
                _ => None,
            })
        };
        (length("max_delay")? < length("delay")?)
            .then(|| ("max_delay", "`max_delay` is shorter than `delay`".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slip_leads_to_a_part_and_is_none_itself() {
        for list in [&RETRY, &RESTART] {
            for (slip, key) in list.slips {
                assert!(list.part(key).is_some(), "{slip} leads to {key}, which is no part");
                assert!(list.part(slip).is_none(), "{slip} is a part");
            }
        }
    }
}
