//! Values as constant expressions.

use std::time::Duration;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};

use crate::{
    attr::{Max, Retry, Setting, Value},
    options::Counted,
};

/// The field of `Options` that a setting fills, and with what.
pub(super) fn field(setting: &Setting, private: &TokenStream) -> Option<(Ident, TokenStream)> {
    let p = private;
    let same = |value: TokenStream| Some((format_ident!("{}", setting.row.key), value));
    let schedule = |value: TokenStream| Some((format_ident!("schedule"), quote!(#p::Schedule::#value)));
    match setting.value.as_ref()? {
        Value::Name(_) | Value::Crate => None,
        Value::Words(words) => same(quote!(&[#(#words),*])),
        Value::Duration(length) => same(duration(*length, p)),
        Value::Limit(None) => same(quote!(#p::Limit::Off)),
        Value::Limit(Some(length)) => {
            let length = duration(*length, p);
            same(quote!(#p::Limit::After(#length)))
        }
        Value::Retry(parts) => same(retry(parts, p)),
        Value::Choice(of, variant) => {
            let (of, variant) = (format_ident!("{of}"), format_ident!("{variant}"));
            same(quote!(#p::#of::#variant))
        }
        Value::Counted(of, Counted { variant, number }) => {
            let (of, variant) = (format_ident!("{of}"), format_ident!("{variant}"));
            let number = number.map(|number| quote!((#number)));
            same(quote!(#p::#of::#variant #number))
        }
        Value::Count(number) => same(quote!(#number)),
        Value::Pool(None) => same(quote!(#p::Pool::Off)),
        Value::Pool(Some(name)) => same(quote!(#p::Pool::Named(#name))),
        Value::Bool(value) => same(quote!(#value)),
        Value::Zone(name) => same(quote!(#name)),
        Value::Period(variant, period) => {
            let (variant, period) = (format_ident!("{variant}"), duration(*period, p));
            schedule(quote!(#variant(#period)))
        }
        Value::Cron(text) => schedule(quote!(Cron(#text))),
        Value::Instant(text) => schedule(quote!(At(#text))),
    }
}

fn duration(length: Duration, p: &TokenStream) -> TokenStream {
    let (seconds, nanoseconds) = (length.as_secs(), length.subsec_nanos());
    quote!(#p::Duration::new(#seconds, #nanoseconds))
}

fn retry(retry: &Retry, p: &TokenStream) -> TokenStream {
    let parts = Ident::new("__retry", Span::mixed_site());
    let max = retry.max.map(|max| match max {
        Max::Limited(number) => quote!(#p::MaxRetries::Limited(#number)),
        Max::Unlimited => quote!(#p::MaxRetries::Unlimited),
    });
    let jitter = retry.jitter.map(|variant| {
        let variant = format_ident!("{variant}");
        quote!(#p::Jitter::#variant)
    });
    let set = [
        ("max", max),
        ("delay", retry.delay.map(|length| duration(length, p))),
        ("factor", retry.factor.map(|factor| quote!(#factor))),
        ("max_delay", retry.max_delay.map(|length| duration(length, p))),
        ("jitter", jitter),
        ("panics", retry.panics.map(|panics| quote!(#panics))),
    ];
    let assignments = set.into_iter().filter_map(|(field, value)| {
        let field = format_ident!("{field}");
        let value = value?;
        Some(quote!(#parts.#field = #p::Some(#value);))
    });
    quote!({
        let mut #parts = #p::RetryOptions::NONE;
        #(#assignments)*
        #parts
    })
}

/// Lets tokens of the user's count as the expansion's, so that a lint that has
/// looked at the original does not look again.
pub(super) fn at_call_site(tokens: impl ToTokens) -> TokenStream {
    respan(tokens.into_token_stream(), &|span| span.resolved_at(Span::call_site()))
}

/// Puts tokens of the expansion where others begin.
pub(super) fn at(tokens: TokenStream, others: &impl ToTokens) -> TokenStream {
    place(tokens, others.to_token_stream().into_iter().next())
}

/// Puts tokens of the expansion where others end.
pub(super) fn at_end(tokens: TokenStream, others: &impl ToTokens) -> TokenStream {
    place(tokens, others.to_token_stream().into_iter().last())
}

/// Puts tokens into parentheses of the expansion that stand where others end.
pub(super) fn enclosed(tokens: TokenStream, others: &impl ToTokens) -> TokenStream {
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    if let Some(last) = others.to_token_stream().into_iter().last() {
        group.set_span(last.span());
    }
    TokenTree::Group(group).into()
}

fn place(tokens: TokenStream, token: Option<TokenTree>) -> TokenStream {
    let span = token.map_or_else(Span::call_site, |token| token.span());
    spanned(tokens, span)
}

/// Puts tokens at a place.
pub(super) fn spanned(tokens: TokenStream, place: Span) -> TokenStream {
    respan(tokens, &|_| place)
}

fn respan(tokens: TokenStream, change: &dyn Fn(Span) -> Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let TokenTree::Group(group) = &token {
                let mut new = Group::new(group.delimiter(), respan(group.stream(), change));
                new.set_span(change(group.span()));
                return TokenTree::Group(new);
            }
            token.set_span(change(token.span()));
            token
        })
        .collect()
}
