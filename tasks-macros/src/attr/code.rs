//! Values that are code, and the keys as they were written: what only a macro can hold.

use proc_macro2::{Ident, TokenStream};
use syn::parse::Parser;
use tasks_options::{Form, PartList, Value};

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
