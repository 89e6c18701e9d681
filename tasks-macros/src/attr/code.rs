//! Values that are code, and the keys as they were written: what only a macro can hold.

use proc_macro2::{Ident, TokenStream};
use syn::parse::Parser;
use tasks_options::{Form, Kind, OptionRow, PartList, Value};

use super::written::written;
use crate::{crate_path::CratePath, errors::Errors};

/// What an attribute holds beside the values of the table.
#[derive(Default)]
pub(crate) struct Code {
    /// Every key as it was written, unknown ones included, for completion.
    pub(crate) keys: Vec<Ident>,
    /// The same, for each key inside an option that has parts.
    pub(crate) part_keys: Vec<(&'static PartList, Ident)>,
    /// Where the expansion finds `tasks-runtime`.
    pub(crate) crate_path: CratePath,
    /// The predicate of `retry(on = …)`.
    pub(crate) predicate: Option<syn::ExprPath>,
    /// Values that are constants.
    constants: Vec<Constant>,
}

/// A value that only the compiler knows.
struct Constant {
    /// The structure of the option that it is a part of; empty for an option.
    structure: &'static str,
    key: &'static str,
    /// What it is called in a message.
    shown: &'static str,
    expression: TokenStream,
}

impl Code {
    /// Reads the path of a crate, with or without quotes.
    pub(super) fn krate(&mut self, tokens: TokenStream, errors: &mut Errors) -> Option<Value> {
        let path = match written(&tokens).form {
            Form::Text(text) => syn::parse_str(&text).ok(),
            _ => syn::Path::parse_mod_style.parse2(tokens.clone()).ok(),
        };
        let Some(path) = path else {
            errors.over(tokens, "`crate` is the path of a crate, such as `crate = ::renamed`");
            return None;
        };
        self.crate_path = CratePath::written(&path);
        Some(Value::Code)
    }

    /// Reads a value that is named or computed. Nothing if it is none, or one
    /// that the macros have to know.
    ///
    /// A word of small letters is a value without its quotes, not a constant.
    pub(super) fn constant(
        &mut self,
        structure: &'static str,
        row: &'static OptionRow,
        tokens: &TokenStream,
    ) -> Option<Value> {
        row.kind.constant()?;
        match written(tokens).form {
            Form::Word(word) if word.chars().any(char::is_uppercase) => {}
            Form::Expression if syn::parse2::<syn::Expr>(tokens.clone()).is_ok() => {}
            _ => return None,
        }
        // A lone value sets the first part.
        let (structure, key) = match row.kind {
            Kind::Parts(list) => (list.structure, list.head().key),
            _ => (structure, row.key),
        };
        self.constants.push(Constant { structure, key, shown: row.key, expression: tokens.clone() });
        Some(match row.kind {
            Kind::Parts(list) => Value::Parts(vec![(list.head(), Value::Code)]),
            _ => Value::Code,
        })
    }

    /// Returns the constant that is the value of an option, or of a part of a
    /// structure, and what it is called.
    pub(crate) fn constant_of(&self, structure: &str, key: &str) -> Option<(&str, &TokenStream)> {
        let known = self.constants.iter().find(|known| known.structure == structure && known.key == key);
        known.map(|known| (known.shown, &known.expression))
    }

    /// Reads the path of a predicate.
    pub(super) fn function(&mut self, tokens: TokenStream, errors: &mut Errors) -> Option<Value> {
        self.predicate = syn::parse2(tokens.clone()).ok();
        if self.predicate.is_none() {
            let message =
                "`on` is the path of a function `fn(&E) -> bool` that says which errors are retried";
            errors.over(tokens, message);
        }
        self.predicate.as_ref().map(|_| Value::Code)
    }
}
