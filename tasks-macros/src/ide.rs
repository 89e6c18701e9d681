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
use tasks_options::{Attribute, Kind, OPTIONS, OptionRow};

use crate::attr::Settings;

/// The items that let an editor complete the keys of an attribute.
pub(crate) fn completion(attribute: Attribute, settings: &Settings) -> TokenStream {
    let private = settings.code.crate_path.private();
    let known = || OPTIONS.iter().filter(|row| row.scope.covers(attribute));
    let options = known().map(|row| {
        module(row.key, &format!("{} `{} = {}`{}", row.meaning, row.key, row.example, by_default(row)))
    });
    let keys = settings.code.keys.iter().map(usable);
    let lists = known().filter_map(|row| match row.kind {
        Kind::Parts(list) => Some(list),
        _ => None,
    });
    let (lists, imports): (Vec<_>, Vec<_>) = lists
        .map(|list| {
            let name = usable(&format_ident!("{}", list.key));
            let parts = list.parts.iter().map(|part| module(part.key, part.meaning));
            let written = settings.code.part_keys.iter().filter(|(of, _)| of.key == list.key);
            let keys = written.map(|(_, key)| usable(key));
            (quote!(mod #name { #(#parts)* }), quote!(#name::{#(#keys as _),*}))
        })
        .unzip();
    quote! {
        #private::complete! {
            const _: () = {
                mod completion {
                    mod options { #(#options)* }
                    #(#lists)*
                    use self::{options::{#(#keys as _),*}, #(#imports),*};
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
