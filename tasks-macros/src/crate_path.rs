//! Where the expansion finds the crate it speaks of.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

/// The path of the crate that holds `__private`.
#[derive(Clone)]
pub(crate) struct CratePath(TokenStream);

impl CratePath {
    /// A path that somebody wrote: `crate = …`.
    pub(crate) fn written(path: &syn::Path) -> Self {
        Self(quote!(#path))
    }

    /// Whether the path leads through this module, so that attributes found there are ours.
    pub(crate) fn leads_through(&self, word: &str) -> bool {
        self.0.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(part) if part == word))
    }

    /// The path of what expansions use, which is no public API.
    pub(crate) fn private(&self) -> TokenStream {
        let path = &self.0;
        quote!(#path::__private)
    }
}

impl Default for CratePath {
    fn default() -> Self {
        Self(quote!(::tasks_runtime))
    }
}
