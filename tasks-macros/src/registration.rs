//! `registration!(path::to::function)`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Path, Token, ext::IdentExt, parse::ParseStream};

use crate::{crate_path::CratePath, errors::Errors, expand};

/// Expands `registration!`.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let read = |input: ParseStream<'_>| {
        let function = Path::parse_mod_style(input)?;
        let mut crate_path = CratePath::default();
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let key = input.call(syn::Ident::parse_any)?;
            if key != "crate" {
                return Err(syn::Error::new(key.span(), "expected `crate = …`"));
            }
            input.parse::<Token![=]>()?;
            crate_path = CratePath::written(&Path::parse_mod_style(input)?);
            input.parse::<Option<Token![,]>>()?;
        }
        Ok((function, crate_path))
    };
    match syn::parse::Parser::parse2(read, input.clone()) {
        Ok((mut function, crate_path)) => {
            let private = crate_path.private();
            if let Some(last) = function.segments.last_mut() {
                last.ident = expand::static_name(&last.ident, last.ident.span());
            }
            quote!(#private::Registration::from_static(&#function))
        }
        Err(error) => {
            let mut errors = Errors::default();
            let message = "`registration!` takes the path of an annotated function, such as \
                           `registration!(jobs::send_mail)`";
            if input.is_empty() {
                errors.at(error.span(), message);
            } else {
                errors.over(input, message);
            }
            errors.into_tokens()
        }
    }
}
