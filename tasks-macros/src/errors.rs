//! The mistakes of one expansion, kept until all of them are known.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

/// Collects mistakes; [`into_tokens`](Self::into_tokens) turns each into one `compile_error!`.
#[derive(Default)]
pub(crate) struct Errors(Vec<Mistake>);

struct Mistake {
    start: Span,
    end: Span,
    message: String,
}

impl Errors {
    /// Records a mistake at one token.
    pub(crate) fn at(&mut self, span: Span, message: impl Into<String>) {
        self.0.push(Mistake { start: span, end: span, message: message.into() });
    }

    /// Records a mistake that covers everything from the first token to the last.
    pub(crate) fn over(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        let mut spans = tokens.into_token_stream().into_iter().map(|token| token.span());
        let start = spans.next().unwrap_or_else(Span::call_site);
        let end = spans.last().unwrap_or(start);
        self.0.push(Mistake { start, end, message: message.into() });
    }

    /// Records a mistake that covers everything from one token to another.
    pub(crate) fn between(&mut self, start: Span, end: Span, message: impl Into<String>) {
        self.0.push(Mistake { start, end, message: message.into() });
    }

    /// Returns whether there is no mistake.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many mistakes there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns one `compile_error!` for each mistake.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0
            .into_iter()
            .map(|Mistake { start, end, message }| {
                // The compiler underlines from the first token of an invocation
                // to its last, which is the only way to cover several on stable.
                let name = Ident::new("compile_error", start);
                let path = quote_spanned!(start=> ::core::#name!);
                let body = quote_spanned!(end=> { #message });
                quote_spanned!(start=> #path #body)
            })
            .collect()
    }

    /// The texts, in the order in which they were recorded.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<&str> {
        self.0.iter().map(|mistake| mistake.message.as_str()).collect()
    }
}
