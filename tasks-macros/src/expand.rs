//! From what was read to tokens: the function, its static, its registration, the mistakes.

mod values;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{FnArg, ReturnType, ext::IdentExt};
use tasks_options::Attribute;

use crate::{
    attr::Settings,
    checks,
    errors::Errors,
    ide,
    item::{Function, Item},
    signature,
};

/// Expands `#[task]` or `#[scheduled]`.
pub(crate) fn attribute(attribute: Attribute, arguments: &TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let settings = Settings::read(attribute, arguments.clone(), &mut errors);
    let item = Item::read(attribute, item, &mut errors);
    checks::siblings(attribute, arguments, &item.siblings, &mut errors);
    let mut output = item.tokens.clone();
    if let Some(function) = &item.function {
        checks::combinations(attribute, &settings, &mut errors);
        output.extend(annotated(attribute, &settings, &item, function, &mut errors));
    }
    if !errors.is_empty() {
        output.extend(ide::completion(attribute, &settings));
    }
    output.extend(errors.into_tokens());
    output
}

/// The name of the static that belongs to a function.
///
/// It carries the span of the expansion, so that lints on names take it for
/// what it is: not written by the user.
pub(crate) fn static_name(function: &Ident, span: Span) -> Ident {
    format_ident!("__task_{}", function.unraw(), span = span)
}

fn annotated(
    attribute: Attribute,
    settings: &Settings,
    item: &Item,
    function: &Function,
    errors: &mut Errors,
) -> TokenStream {
    let signature = &function.signature;
    let before = errors.len();
    signature::check(attribute, signature, errors);
    let sound = errors.len() == before;
    let name = checks::name(settings, signature, errors);
    if signature.receiver().is_some() {
        // It stands in an `impl` block, where no static can be.
        return TokenStream::new();
    }
    checks::predicate(settings, signature, errors);

    let private = settings.code.crate_path.private();
    let visibility = values::at_call_site(&function.visibility);
    let name_of_static = static_name(&signature.ident, Span::call_site());
    let span = signature.ident.span();
    let at = values::spanned(private.clone(), span);
    let location = quote_spanned!(span=> {
        #at::Location { file: #at::file!(), line: #at::line!(), module_path: #at::module_path!() }
    });
    let description = &item.description;
    let body = if signature.asyncness.is_some() { quote!(Async) } else { quote!(Blocking) };
    let scheduled = attribute == Attribute::Scheduled;
    let options = options(settings, &private);
    let entry = if sound {
        entry(settings, function, &private)
    } else {
        // The head cannot be called; what names the static elsewhere still finds it.
        quote!(|_| #private::Answer::Needs)
    };
    let deprecated = item.deprecated.then(|| quote!(#[allow(deprecated)]));
    quote! {
        #[doc(hidden)]
        #deprecated
        #visibility static #name_of_static: #private::Annotated = #private::Annotated {
            definition: #private::Definition {
                name: #name,
                description: #description,
                location: #location,
                body: #private::BodyKind::#body,
                scheduled: #scheduled,
                options: #options,
            },
            entry: #entry,
        };
        const _: () = {
            #private::submit! { &#name_of_static }
        };
    }
}

/// The closure that answers everything the runtime asks of the function.
///
/// Each type of the user's is mentioned here and nowhere else, by turbofish and
/// at its own span: a second mention would say each mistake twice.
fn entry(settings: &Settings, function: &Function, private: &TokenStream) -> TokenStream {
    let signature = &function.signature;
    let name = &signature.ident;
    let types: Vec<&syn::Type> = signature
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Typed(parameter) => Some(&*parameter.ty),
            FnArg::Receiver(_) => None,
        })
        .collect();
    // What nobody wrote stands nowhere.
    let (returned, place) = match &signature.output {
        ReturnType::Default => (quote!(()), TokenStream::new()),
        ReturnType::Type(_, returned) => (quote!(#returned), quote!(#returned)),
    };
    let asynchronous = signature.asyncness.is_some();
    let prefix = if asynchronous { "a" } else { "b" };
    let entry = format_ident!("{prefix}{}", types.len());
    // A future that is not `Send` is reported here.
    let inferred =
        if asynchronous { quote_spanned!(name.span()=> _, _) } else { quote_spanned!(name.span()=> _) };
    let on = match &settings.code.predicate {
        Some(path) if !checks::returns_nothing(signature) => {
            let on = values::at(quote!(#private::on), path);
            let path = values::enclosed(quote!(#path), path);
            quote!(#on #path)
        }
        _ => values::at(quote!(#private::None), &place),
    };
    // The compiler looks for the error type of the return type where the
    // function is named, so that a wrong one is reported from the first of
    // these tokens to the last: they stand where the type stands.
    let ask = Ident::new("__ask", Span::mixed_site());
    let entry = values::at(quote!(#private::#entry::<), &place);
    let close = values::at_end(quote!(>), &place);
    let arguments = values::enclosed(quote!(#ask, #name, #on), &place);
    quote!(|#ask| #entry #(#types,)* #returned, #inferred #close #arguments)
}

/// What the annotation sets, as a constant expression.
fn options(settings: &Settings, private: &TokenStream) -> TokenStream {
    let options = Ident::new("__options", Span::mixed_site());
    let assignments: Vec<TokenStream> = settings
        .iter()
        .filter_map(|setting| {
            let (field, value) = values::field(setting, private)?;
            Some(quote!(#options.#field = #private::Some(#value);))
        })
        .collect();
    if assignments.is_empty() {
        return quote!(#private::Options::NONE);
    }
    quote!({
        let mut #options = #private::Options::NONE;
        #(#assignments)*
        #options
    })
}
