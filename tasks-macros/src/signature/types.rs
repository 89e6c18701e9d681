//! Types that the compiler would refuse only with many words.

use quote::ToTokens;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Lifetime, Path, PathArguments, Type, TypeParamBound,
};

use crate::errors::Errors;

/// Checks the type of a parameter.
pub(super) fn check_parameter(ty: &Type, errors: &mut Errors) {
    match find(ty) {
        Some(Found::Impl(found)) => errors.over(
            found,
            "`impl Trait` makes a function generic, and a task cannot be generic: name the type",
        ),
        Some(Found::Reference(found)) => {
            let inner = found.into_token_stream();
            let owned = match ty {
                Type::Reference(reference) => {
                    format!(": take `{}`", plain(&reference.elem))
                }
                _ => String::new(),
            };
            errors.over(
                inner,
                format!("a task's parameter cannot borrow: it is built for the run and owned by it{owned}"),
            );
        }
        Some(Found::Lifetime(lifetime)) => errors.over(
            lifetime,
            format!(
                "a task's parameter cannot borrow: it is built for the run and owned by it, so that `{lifetime}` \
                 has nothing to stand for"
            ),
        ),
        Some(Found::Infer(found)) => {
            errors.over(found, "write the type out: the compiler cannot infer it here");
        }
        None => {}
    }
}

/// Checks a return type.
pub(super) fn check_return(ty: &Type, errors: &mut Errors) {
    match find(ty) {
        Some(Found::Impl(found)) => {
            errors.over(
                found,
                "a task cannot return `impl Trait`: return `()` or `Result<T, E>` with named types",
            );
        }
        Some(Found::Reference(found)) => {
            errors.over(found, "a task cannot return something borrowed: its value outlives the run");
        }
        Some(Found::Lifetime(lifetime)) => {
            errors.over(lifetime, "a task cannot return something borrowed: its value outlives the run");
        }
        Some(Found::Infer(found)) => {
            errors.over(found, "write the type out: the compiler cannot infer it here");
        }
        None => {}
    }
}

enum Found<'a> {
    Impl(&'a Type),
    Reference(&'a Type),
    Lifetime(&'a Lifetime),
    Infer(&'a Type),
}

fn find(ty: &Type) -> Option<Found<'_>> {
    match ty {
        Type::ImplTrait(_) => Some(Found::Impl(ty)),
        Type::Infer(_) => Some(Found::Infer(ty)),
        Type::Reference(reference) => match &reference.lifetime {
            Some(lifetime) if lifetime.ident == "static" => find(&reference.elem),
            _ => Some(Found::Reference(ty)),
        },
        Type::Array(array) => find(&array.elem),
        Type::Group(group) => find(&group.elem),
        Type::Paren(paren) => find(&paren.elem),
        Type::Ptr(pointer) => find(&pointer.elem),
        Type::Slice(slice) => find(&slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(find),
        Type::Path(path) => path.qself.as_ref().and_then(|of| find(&of.ty)).or_else(|| in_path(&path.path)),
        Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Lifetime(lifetime) => short(lifetime),
            // Its own `for<'a>` may bring lifetimes that are no borrowing.
            _ => None,
        }),
        // A pointer to a function has lifetimes of its own.
        _ => None,
    }
}

fn in_path(path: &Path) -> Option<Found<'_>> {
    path.segments.iter().find_map(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => in_arguments(arguments),
        _ => None,
    })
}

fn in_arguments(arguments: &AngleBracketedGenericArguments) -> Option<Found<'_>> {
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => short(lifetime),
        GenericArgument::Type(ty) => find(ty),
        GenericArgument::AssocType(assoc) => find(&assoc.ty),
        _ => None,
    })
}

fn short(lifetime: &Lifetime) -> Option<Found<'_>> {
    (lifetime.ident != "static").then_some(Found::Lifetime(lifetime))
}

/// Prints a type the way people write it.
fn plain(ty: &Type) -> String {
    ty.to_token_stream()
        .to_string()
        .replace(" :: ", "::")
        .replace(" < ", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
        .replace("> >", ">>")
}
