//! Values as constant expressions.

use std::time::Duration;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use tasks_options::{Counted, Kind, Max, OptionRow, PartList, Value};

use crate::attr::{Code, Setting};

/// The field of `Options` that a setting fills, and with what.
pub(super) fn field(setting: &Setting, code: &Code, private: &TokenStream) -> Option<(Ident, TokenStream)> {
    let p = private;
    let schedule = |value: TokenStream| Some((format_ident!("schedule"), quote!(#p::Schedule::#value)));
    match setting.value.as_ref()? {
        // It stands beside the options.
        Value::Name(_) => None,
        Value::Period(variant, period) => {
            let (variant, period) = (format_ident!("{variant}"), duration(*period, p));
            schedule(quote!(#variant(#period)))
        }
        Value::Cron(text) => schedule(quote!(Cron(#text))),
        Value::Instant(text) => schedule(quote!(At(#text))),
        Value::Code => {
            let constant = constant(setting.row, code.constant_of("", setting.row.key)?, p)?;
            match setting.row.kind {
                Kind::Period(variant) => {
                    let variant = format_ident!("{variant}");
                    schedule(quote!(#variant(#constant)))
                }
                Kind::Cron => schedule(quote!(Cron(#constant))),
                Kind::Instant => schedule(quote!(At(#constant))),
                _ => Some((format_ident!("{}", setting.row.key), constant)),
            }
        }
        value => Some((format_ident!("{}", setting.row.key), expression(setting.row, value, code, p)?)),
    }
}

/// A constant of the user's, which the compiler checks where it stands.
///
/// What is wrong with it is reported from the first token of the call to the
/// last: they stand where the expression stands.
fn constant(
    row: &OptionRow,
    (key, expression): (&str, &TokenStream),
    p: &TokenStream,
) -> Option<TokenStream> {
    let duration = quote!(#p::Duration);
    let (method, bound, returned) = match row.kind {
        Kind::Duration { zero } => ("as_duration", Some(quote!(#zero)), duration),
        Kind::Period(_) => ("as_duration", Some(quote!(false)), duration),
        Kind::Spread => ("as_spread", None, duration),
        Kind::Limit => ("as_limit", None, quote!(#p::Limit)),
        Kind::Max(_) => ("as_max", None, quote!(#p::MaxRetries)),
        Kind::Factor => ("as_factor", None, quote!(#p::primitive::f64)),
        Kind::Count(most) => ("as_count", Some(quote!(#most)), quote!(#p::primitive::u32)),
        Kind::Bool => ("as_flag", None, quote!(#p::primitive::bool)),
        Kind::Pool => ("as_pool", None, quote!(#p::Pool<'static>)),
        Kind::Instant => ("as_instant", None, quote!(&'static #p::primitive::str)),
        Kind::Cron => ("as_cron", None, quote!(&'static #p::primitive::str)),
        Kind::Zone => ("as_text", None, quote!(&'static #p::primitive::str)),
        _ => return None,
    };
    let method = format_ident!("{method}");
    let bound = bound.map(|bound| quote!(, #bound));
    // A number that is computed of literals has no type of its own.
    let number = matches!(row.kind, Kind::Count(_) | Kind::Max(_)) && !has_a_type(expression);
    let number = number.then(|| quote!(::<#p::primitive::u32>));
    let wrapped = at(quote!(#p::Constant #number), expression);
    let inner = enclosed(expression.clone(), expression);
    let call = at(quote!(.#method), expression);
    let arguments = enclosed(quote!(#key #bound), expression);
    // Evaluated by itself: a mistake in it hides none in another.
    Some(quote!({
        const __VALUE: #returned = #wrapped #inner #call #arguments;
        __VALUE
    }))
}

/// A value as a constant expression, unless it stands elsewhere.
fn expression(row: &OptionRow, value: &Value, code: &Code, p: &TokenStream) -> Option<TokenStream> {
    Some(match value {
        Value::Name(_) | Value::Period(..) | Value::Cron(_) | Value::Instant(_) | Value::Code => return None,
        Value::Words(words) => quote!(&[#(#words),*]),
        Value::Duration(length) => duration(*length, p),
        Value::Limit(None) => quote!(#p::Limit::Off),
        Value::Limit(Some(length)) => {
            let length = duration(*length, p);
            quote!(#p::Limit::After(#length))
        }
        Value::Parts(values) => match row.kind {
            Kind::Parts(list) => parts(list, values, code, p),
            _ => return None,
        },
        Value::Choice(of, variant) => {
            let (of, variant) = (format_ident!("{of}"), format_ident!("{variant}"));
            quote!(#p::#of::#variant)
        }
        Value::Counted(of, Counted { variant, number }) => {
            let (of, variant) = (format_ident!("{of}"), format_ident!("{variant}"));
            let number = number.map(|number| quote!((#number)));
            quote!(#p::#of::#variant #number)
        }
        Value::Count(number) => quote!(#number),
        Value::Max(Max::Limited(number)) => quote!(#p::MaxRetries::Limited(#number)),
        Value::Max(Max::Unlimited) => quote!(#p::MaxRetries::Unlimited),
        Value::Factor(factor) => quote!(#factor),
        Value::Pool(None) => quote!(#p::Pool::Off),
        Value::Pool(Some(name)) => quote!(#p::Pool::Named(#name)),
        Value::Bool(value) => quote!(#value),
        Value::Zone(name) => quote!(#name),
    })
}

/// Whether what an expression names says its type.
fn has_a_type(expression: &TokenStream) -> bool {
    use syn::Expr;
    let mut expression = syn::parse2::<Expr>(expression.clone());
    loop {
        expression = match expression {
            Ok(Expr::Group(group)) => Ok(*group.expr),
            Ok(Expr::Paren(paren)) => Ok(*paren.expr),
            other => {
                return matches!(
                    other,
                    Ok(Expr::Path(_)
                        | Expr::Call(_)
                        | Expr::MethodCall(_)
                        | Expr::Field(_)
                        | Expr::Index(_)
                        | Expr::Cast(_))
                );
            }
        };
    }
}

fn duration(length: Duration, p: &TokenStream) -> TokenStream {
    let (seconds, nanoseconds) = (length.as_secs(), length.subsec_nanos());
    quote!(#p::Duration::new(#seconds, #nanoseconds))
}

/// The structure of an option that has parts, filled with those that were set.
fn parts(list: &PartList, values: &[(&OptionRow, Value)], code: &Code, p: &TokenStream) -> TokenStream {
    let parts = Ident::new("__parts", Span::mixed_site());
    let structure = format_ident!("{}", list.structure);
    let assignments = values.iter().filter_map(|(row, value)| {
        let field = format_ident!("{}", row.key);
        let value = match value {
            Value::Code => constant(row, code.constant_of(list.structure, row.key)?, p)?,
            value => expression(row, value, code, p)?,
        };
        Some(quote!(#parts.#field = #p::Some(#value);))
    });
    quote!({
        let mut #parts = #p::#structure::NONE;
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
