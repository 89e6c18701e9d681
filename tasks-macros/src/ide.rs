//! Completion inside the attributes, for editors that use rust-analyzer.
//!
//! An editor asks for completion by expanding the attribute with a word of its
//! own at the cursor. Such an expansion never is without a mistake, so what
//! helps it costs a correct program nothing: modules named like the options,
//! and imports of every key that was written, which rust-analyzer completes.
//! `complete!` is empty unless rust-analyzer reads the code.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use crate::{
    attr::{Attribute, Settings},
    options::{OPTIONS, OptionRow, RETRY},
};

/// The items that let an editor complete the keys of an attribute.
pub(crate) fn completion(attribute: Attribute, settings: &Settings) -> TokenStream {
    let private = settings.crate_path.private();
    let options = OPTIONS.iter().filter(|row| row.scope.covers(attribute)).map(|row| {
        module(row.key, &format!("{} `{} = {}`{}", row.meaning, row.key, row.example, by_default(row)))
    });
    let retry = RETRY.iter().map(|(key, meaning)| module(key, meaning));
    let keys = settings.keys.iter().map(usable);
    let retry_keys = settings.retry_keys.iter().map(usable);
    quote! {
        #private::complete! {
            const _: () = {
                mod completion {
                    mod options { #(#options)* }
                    mod retry { #(#retry)* }
                    use self::{options::{#(#keys as _),*}, retry::{#(#retry_keys as _),*}};
                }
            };
        }
    }
}

fn by_default(row: &OptionRow) -> String {
    if row.default.is_empty() { String::new() } else { format!("; by default: {}", row.default) }
}

fn module(key: &str, documentation: &str) -> TokenStream {
    let name = usable(&format_ident!("{key}"));
    quote!(#[doc = #documentation] pub mod #name {})
}

/// A keyword cannot name a module, raw or not.
fn usable(key: &Ident) -> Ident {
    if key.unraw() == "crate" { Ident::new("crate_", key.span()) } else { key.clone() }
}
