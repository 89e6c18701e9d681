//! The attributes of `tasks`. Depend on `tasks-runtime`, which re-exports them.
#![forbid(unsafe_code)]

mod attr;
mod checks;
mod crate_path;
mod errors;
mod expand;
mod ide;
mod item;
mod options;
mod registration;
mod signature;

use proc_macro::TokenStream;

use crate::attr::Attribute;

/// Makes a task of a function.
#[proc_macro_attribute]
pub fn task(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Task, arguments.into(), item.into()).into()
}

/// Makes a scheduled task of a function.
#[proc_macro_attribute]
pub fn scheduled(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Attribute::Scheduled, arguments.into(), item.into()).into()
}

/// Names an annotated function, for explicit registration.
#[proc_macro]
pub fn registration(input: TokenStream) -> TokenStream {
    registration::expand(input.into()).into()
}
