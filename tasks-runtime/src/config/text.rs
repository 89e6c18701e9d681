//! Values that are mere text, as variables and flags give them.

use tasks_options::{Form, Kind, OptionRow, Written};

use super::Given;
use crate::list::IntoList as _;

impl Given {
    /// Returns the value in the form that the option wants, as far as the text has it.
    pub(crate) fn written(&self, row: &OptionRow) -> Written {
        match self {
            Self::Written(written) => written.clone(),
            Self::Text(text) => Written { form: form(row.kind, text), text: text.clone() },
        }
    }

    /// Whether it switches off what cannot be left out: an empty text, or `off`.
    pub(crate) fn is_off(&self) -> bool {
        let text = match self {
            Self::Text(text) | Self::Written(Written { form: Form::Text(text), .. }) => text,
            Self::Written(_) => return false,
        };
        matches!(text.trim(), "" | "off")
    }
}

fn form(kind: Kind, text: &str) -> Form {
    let text = text.trim();
    let plain = || Form::Text(text.into());
    match kind {
        Kind::Bool => text.parse().map_or_else(|_| plain(), Form::Bool),
        Kind::Parts(list) => form(list.head().kind, text),
        Kind::Max(_) | Kind::Count(_) | Kind::Factor => {
            let whole = text.parse().map(Form::Integer);
            whole.or_else(|_| text.parse().map(Form::Float)).unwrap_or_else(|_| plain())
        }
        Kind::Words(_) if text.is_empty() => Form::List(Vec::new()),
        Kind::Words(_) if text.contains(',') => {
            Form::List(text.split(',').map(|word| Written::quoted(word.trim())).into_list())
        }
        _ => plain(),
    }
}

/// The example of an option as a variable would have it: without quotes.
pub(crate) fn example(row: &OptionRow) -> String {
    row.example.trim_matches(['[', ']']).replace('"', "").replace(", ", ",")
}
