//! From what was read to tokens: the function, its static, its registration, the mistakes.

mod values;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{FnArg, ReturnType, Signature, ext::IdentExt};
use tasks_options::Attribute;

use crate::{
    attr::Settings,
    checks,
    crate_path::CratePath,
    errors::Errors,
    ide,
    item::{Function, Item, Sibling},
    signature,
};

/// Expands `#[task]` or `#[scheduled]`, and every further `#[scheduled]` with the first.
pub(crate) fn attribute(attribute: Attribute, arguments: &TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let settings = Settings::read(attribute, arguments.clone(), &mut errors);
    let item = Item::read(attribute, item, &settings.code.crate_path, &mut errors);
    let mut annotations = vec![Annotation { settings, written: None }];
    let further = item.siblings.iter().filter(|sibling| sibling.attribute == attribute);
    if attribute == Attribute::Scheduled {
        annotations.extend(further.map(|sibling| Annotation {
            settings: Settings::read(attribute, sibling.arguments.clone(), &mut errors),
            written: Some(sibling),
        }));
    }
    checks::siblings(attribute, arguments, &item.siblings, &mut errors);
    let mut output = item.tokens.clone();
    if let Some(function) = &item.function {
        for annotation in &annotations {
            checks::combinations(attribute, annotation, &mut errors);
        }
        output.extend(annotated(attribute, &annotations, &item, function, &mut errors));
    }
    if !errors.is_empty() {
        output.extend(annotations.iter().map(|annotation| ide::completion(attribute, &annotation.settings)));
    }
    output.extend(errors.into_tokens());
    output
}

/// One attribute of ours on a function: what it says, and where it stands.
pub(crate) struct Annotation<'a> {
    pub(crate) settings: Settings,
    /// Nothing for the attribute that is expanded.
    pub(crate) written: Option<&'a Sibling>,
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
    annotations: &[Annotation<'_>],
    item: &Item,
    function: &Function,
    errors: &mut Errors,
) -> TokenStream {
    let signature = &function.signature;
    let before = errors.len();
    signature::check(attribute, signature, errors);
    let sound = errors.len() == before;
    let names = checks::names(annotations, signature, errors);
    if signature.receiver().is_some() {
        // It stands in an `impl` block, where no static can be.
        return TokenStream::new();
    }
    for annotation in annotations {
        checks::predicate(&annotation.settings, signature, errors);
        checks::input(&annotation.settings, signature, errors);
    }

    let private = crate_path(annotations).private();
    let visibility = values::at_call_site(&function.visibility);
    let name_of_static = static_name(&signature.ident, Span::call_site());
    let entry = if sound {
        entry(annotations, function, &private)
    } else {
        // The head cannot be called; what names the static elsewhere still finds it.
        let which = (annotations.len() > 1).then(|| quote!(, _));
        quote!(|_ #which| #private::Answer::Needs)
    };
    let place = Place { attribute, item, signature, private: &private };
    let tasks = annotations.iter().zip(&names);
    let task = match annotations {
        [_] => tasks
            .map(|(annotation, name)| task(annotation, name, &place, &entry, &TokenStream::new()))
            .collect(),
        _ => several(&tasks.collect::<Vec<_>>(), &place, &entry),
    };
    let deprecated = item.deprecated.then(|| quote!(#[allow(deprecated)]));
    quote! {
        #[doc(hidden)]
        #deprecated
        #visibility static #name_of_static: #private::Annotated = #task;
        #private::submit! { &#name_of_static }
    }
}

/// Where the expansion finds the crate: as the first annotation says that says it.
fn crate_path<'a>(annotations: &'a [Annotation<'_>]) -> &'a CratePath {
    let saying = annotations.iter().find(|annotation| annotation.settings.get("crate").is_some());
    &saying.unwrap_or(&annotations[0]).settings.code.crate_path
}

/// What the tasks of one function have in common.
struct Place<'a> {
    attribute: Attribute,
    item: &'a Item,
    signature: &'a Signature,
    private: &'a TokenStream,
}

/// One task: its facts, its entry, and the further tasks of its function.
fn task(
    annotation: &Annotation<'_>,
    name: &str,
    place: &Place<'_>,
    entry: &TokenStream,
    others: &TokenStream,
) -> TokenStream {
    let Place { attribute, item, signature, private } = place;
    let span = signature.ident.span();
    let at = values::spanned((*private).clone(), span);
    let location = quote_spanned!(span=> {
        #at::Location { file: #at::file!(), line: #at::line!(), module_path: #at::module_path!() }
    });
    let description = &item.description;
    let body = if signature.asyncness.is_some() { quote!(Async) } else { quote!(Blocking) };
    let scheduled = *attribute == Attribute::Scheduled;
    let options = options(&annotation.settings, private);
    let named = annotation.settings.get("name").is_some();
    quote! {
        #private::Annotated {
            facts: #private::Facts {
                name: #name,
                description: #description,
                location: #location,
                body: #private::BodyKind::#body,
                scheduled: #scheduled,
                options: &#options,
            },
            entry: #entry,
            named: #named,
            others: &[#others],
        }
    }
}

/// Several tasks of one function: the one that bears its name, or else the
/// first, and the others inside of it.
///
/// The types stand in one closure for all of them; each task has an entry that
/// tells it which one is asked, because each may have a predicate of its own.
fn several(tasks: &[(&Annotation<'_>, &String)], place: &Place<'_>, entry: &TokenStream) -> TokenStream {
    let private = place.private;
    let ask = Ident::new("__ask", Span::mixed_site());
    let own_name = tasks.iter().position(|(annotation, _)| annotation.settings.get("name").is_none());
    let task = |index: usize, others: &TokenStream| {
        let (annotation, name) = tasks[index];
        task(annotation, name, place, &quote!(|#ask| __ENTRY(#ask, #index)), others)
    };
    let first = own_name.unwrap_or(0);
    let others = (0..tasks.len()).filter(|index| *index != first).map(|index| {
        let other = task(index, &TokenStream::new());
        quote!(#other,)
    });
    let first = task(first, &others.collect());
    quote!({
        const __ENTRY: fn(#private::Ask<'_>, #private::primitive::usize) -> #private::Answer = #entry;
        #first
    })
}

/// The code that answers everything the runtime asks of the function.
///
/// Each type of the user's is mentioned here and nowhere else, by turbofish and
/// at its own span: a second mention would say each mistake twice.
fn entry(annotations: &[Annotation<'_>], function: &Function, private: &TokenStream) -> TokenStream {
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
    let judged = annotations.iter().any(|annotation| annotation.settings.code.predicate.is_some());
    let prefix = match (asynchronous, judged) {
        (true, false) => "a",
        (true, true) => "j",
        (false, _) => "b",
    };
    let entry = format_ident!("{prefix}{}", types.len());
    // A future that is not `Send` is reported here.
    let inferred =
        if asynchronous { quote_spanned!(name.span()=> _, _) } else { quote_spanned!(name.span()=> _) };
    let ask = Ident::new("__ask", Span::mixed_site());
    let which = Ident::new("__which", Span::mixed_site());
    let none = values::at(quote!(#private::None), &place);
    let mut predicates = annotations.iter().enumerate().filter_map(|(index, annotation)| {
        let path = annotation.settings.code.predicate.as_ref()?;
        let on = values::at(quote!(#private::on), path);
        let path = values::enclosed(quote!(#path), path);
        Some((index, quote!(#on #path)))
    });
    let (parameters, on) = match annotations {
        [_] if checks::returns_nothing(signature) => (quote!(#ask), none),
        _ if checks::returns_nothing(signature) => (quote!(#ask, _), none),
        [_] => (quote!(#ask), predicates.next().map_or(none, |(_, on)| on)),
        _ if !judged => (quote!(#ask, _), none),
        _ => {
            let arms = predicates.map(|(index, on)| quote!(#index => #on,));
            let on = quote!(match #which { #(#arms)* _ => #none });
            (quote!(#ask, #which), on)
        }
    };
    let on = (prefix != "a").then(|| quote!(, #on));
    // The compiler looks for the error type of the return type where the
    // function is named, so that a wrong one is reported from the first of
    // these tokens to the last: they stand where the type stands.
    let entry = values::at(quote!(#private::#entry::<), &place);
    let close = values::at_end(quote!(>), &place);
    let arguments = values::enclosed(quote!(#ask, #name #on), &place);
    let call = quote!(#entry #(#types,)* #returned, #inferred #close #arguments);
    match annotations {
        // A function and not a closure, which the compiler would make two functions of.
        [_] => {
            let answer = format_ident!("__answer_{}", name.unraw(), span = Span::call_site());
            quote!({
                fn #answer(#ask: #private::Ask<'_>) -> #private::Answer {
                    #call
                }
                #answer
            })
        }
        _ => quote!(|#parameters| #call),
    }
}

/// What the annotation sets, as a constant expression.
fn options(settings: &Settings, private: &TokenStream) -> TokenStream {
    let options = Ident::new("__options", Span::mixed_site());
    let assignments: Vec<TokenStream> = settings
        .iter()
        .filter_map(|setting| {
            let (field, value) = values::field(setting, &settings.code, private)?;
            Some(quote!(#options.#field = #private::Some(#value);))
        })
        .collect();
    if assignments.is_empty() {
        return quote!(#private::Options::NONE);
    }
    // A constant of its own: what a static refers to and computes itself is computed in each build.
    quote!(const {
        let mut #options = #private::Options::NONE;
        #(#assignments)*
        #options
    })
}
